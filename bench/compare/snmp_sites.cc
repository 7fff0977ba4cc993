#include <array>
#include <fstream>

#include "bench/compare/config_text.h"
#include "bench/compare/sites.h"
#include "bench/loopback.h"

namespace nightwatt::bench {
namespace {

// Of UPS-MIB (RFC 1628), below 1.3.6.1.2.1.33.1, and what the agent says.
struct Object {
  const char* oid;
  int value;
};
constexpr std::array<Object, 10> objects{{{"2.1.0", 2},
                                          {"2.3.0", 30},
                                          {"2.4.0", 87},
                                          {"2.5.0", 273},
                                          {"3.3.1.2.1", 500},
                                          {"3.3.1.3.1", 230},
                                          {"4.1.0", 3},
                                          {"4.4.1.2.1", 230},
                                          {"4.4.1.4.1", 1130},
                                          {"4.4.1.5.1", 42}}};
constexpr const char* prefix = "1.3.6.1.2.1.33.1.";
constexpr const char* password = "authentic words";
constexpr const char* secret = "private words";

}  // namespace

std::string daemon_config(const SnmpSite& site) {
  std::string out = "behavior: {dry_run: true}\nprofile_files: [ten-objects.yaml]\ncomm_devices:\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "  - {{id: agent-{:05}, driver: snmp, host: {}, port: {}, profile: ten-objects, ", i,
        loopback_host(i), site.port);
    if (site.v3) {
      add(out, "version: v3, user: bench, auth: sha1, auth_password: {}, ", password);
      add(out, "privacy: aes128, privacy_password: {}}}\n", secret);
    } else {
      out += "version: v2c, community: public}\n";
    }
  }
  out += "devices:\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "  - {{name: card-{0:05}, check_interval: 1, paths: [{{comm: agent-{0:05}}}]}}\n", i);
  }
  return out + "local_shutdown: {enabled: false}\n";
}

void write_snmp_profile(const Workplace& place) {
  std::string out = "profile: ten-objects\nprotocol: snmp\nvariables:\n";
  for (std::size_t i = 0; i < objects.size(); ++i) {
    add(out, "  - {{variable: value.number.{}, oid: {}{}}}\n", i, prefix, objects[i].oid);
  }
  std::ofstream(place.file("ten-objects.yaml")) << out;
}

std::string collectd_config(const SnmpSite& site, const std::string& folder) {
  std::string types = "bench_ten";
  std::string oids;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    add(types, "{}v{}:GAUGE:U:U", i == 0 ? "\t" : ", ", i);
    add(oids, " \"{}{}\"", prefix, objects[i].oid);
  }
  std::ofstream(folder + "/types.db") << types << '\n';
  std::string out = collectd_head(folder, 1) + "LoadPlugin snmp\n<Plugin snmp>\n";
  add(out, "<Data ten>\nType bench_ten\nTable false\nTypeInstance \"\"\nValues{}\n</Data>\n", oids);
  for (std::size_t i = 0; i < site.devices; ++i) {
    add(out, "<Host card{}>\nAddress \"udp:{}:{}\"\nCollect ten\nInterval 1\n", i, loopback_host(i),
        site.port);
    if (site.v3) {
      add(out, "Version 3\nSecurityLevel authPriv\nUsername bench\nAuthProtocol SHA\n");
      add(out, "AuthPassphrase \"{}\"\nPrivacyProtocol AES\nPrivacyPassphrase \"{}\"\n", password,
          secret);
    } else {
      out += "Version 2\nCommunity public\n";
    }
    out += "</Host>\n";
  }
  return out + "</Plugin>\n";
}

std::string snmpd_config(const SnmpSite& site) {
  std::string out = fmt::format(
      "agentaddress udp:0.0.0.0:{}\nrocommunity public 127.0.0.0/8\n"
      "createUser bench SHA \"{}\" AES \"{}\"\nrouser bench authpriv\n",
      site.port, password, secret);
  for (const Object& object : objects) {
    add(out, "override .{}{} integer {}\n", prefix, object.oid, object.value);
  }
  return out;
}

}  // namespace nightwatt::bench
