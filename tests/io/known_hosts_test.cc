#include "io/known_hosts.h"

#include <gtest/gtest.h>
#include <libssh/libssh.h>

#include <filesystem>
#include <memory>

#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

struct FreeKey {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, FreeKey>;

Key new_key(ssh_keytypes_e type = SSH_KEYTYPE_ED25519, int bits = 0) {
  ssh_key key = nullptr;
  EXPECT_EQ(ssh_pki_generate(type, bits, &key), SSH_OK);
  return Key(key);
}

std::string text_of(const Key& key) {
  char* base64 = nullptr;
  EXPECT_EQ(ssh_pki_export_pubkey_base64(key.get(), &base64), SSH_OK);
  std::string text = key_type_of(key.get()) + " " + base64;
  ssh_string_free_char(base64);
  return text;
}

class KnownHosts : public testing::Test {
 protected:
  HostKeyCheck check(const std::string& text) {
    peers::write_file(file_, text);
    return judge_host_key(keys_of_host({dir_.file("missing"), file_}, "host", key_.get()));
  }

  peers::TempDir dir_;
  std::string file_ = dir_.file("known_hosts");
  Key key_ = new_key();
  Key other_ = new_key();
};

TEST_F(KnownHosts, JudgesLines) {
  const std::string mine = text_of(key_);
  const std::string foreign = text_of(other_);
  EXPECT_EQ(check("").verdict, HostKeyVerdict::unknown);
  EXPECT_EQ(check("elsewhere " + foreign + "\n").verdict, HostKeyVerdict::unknown);
  EXPECT_EQ(check("host " + mine + "\n").verdict, HostKeyVerdict::known);
  EXPECT_EQ(check("other,host " + mine + " comment").verdict, HostKeyVerdict::known);
  EXPECT_EQ(check("h*t " + mine + "\r\n").verdict, HostKeyVerdict::known);
  const HostKeyCheck changed = check("# comment\n\nhost " + foreign + "\n");
  EXPECT_EQ(changed.verdict, HostKeyVerdict::changed);
  EXPECT_EQ(changed.against.line, 3);
  EXPECT_EQ(changed.against.file, file_);
  EXPECT_EQ(changed.against.fingerprint, fingerprint_of(other_.get()));
  EXPECT_EQ(check("host " + foreign + "\nhost " + mine + "\n").verdict, HostKeyVerdict::known);
}

TEST_F(KnownHosts, ARevokedKeyBeatsAKnownOne) {
  const std::string mine = text_of(key_);
  EXPECT_EQ(check("host " + mine + "\n@revoked host " + mine + "\n").verdict,
            HostKeyVerdict::revoked);
  EXPECT_EQ(check("@revoked host " + text_of(other_) + "\n").verdict, HostKeyVerdict::unknown);
  EXPECT_EQ(check("@cert-authority host " + mine + "\n").verdict, HostKeyVerdict::unknown);
}

TEST_F(KnownHosts, AKeyOfAnotherTypeOnlyIsAChange) {
  const Key ecdsa = new_key(SSH_KEYTYPE_ECDSA_P256, 256);
  EXPECT_EQ(key_type_of(ecdsa.get()), "ecdsa-sha2-nistp256");
  const HostKeyCheck changed = check("host " + text_of(ecdsa) + "\n");
  EXPECT_EQ(changed.verdict, HostKeyVerdict::changed);
  EXPECT_EQ(changed.against.type, "ecdsa-sha2-nistp256");
}

TEST_F(KnownHosts, RubbishIsPassedOver) {
  EXPECT_EQ(check("host\nhost ssh-ed25519\nhost ssh-ed25519 !!!!\nhost nonsense AAAA\n" +
                  std::string(100, '\0') + "\n|1|bad|hash " + text_of(key_) + "\n")
                .verdict,
            HostKeyVerdict::unknown);
}

TEST_F(KnownHosts, LearnsWholeLines) {
  peers::write_file(file_, "# no newline at the end");
  ASSERT_TRUE(learn_host_key(file_, "host", key_.get()).has_value());
  EXPECT_EQ(peers::read_file(file_), "# no newline at the end\nhost " + text_of(key_) + "\n");
  const auto refused = learn_host_key(dir_.file("no/such"), "host", key_.get());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, dir_.file("no/such") + ": no such file or directory");
}

TEST_F(KnownHosts, NamesPortsAsOpenSshDoes) {
  EXPECT_EQ(known_hosts_name("Host.Example", 22), "host.example");
  EXPECT_EQ(known_hosts_name("10.0.0.1", 2222), "[10.0.0.1]:2222");
}

}  // namespace
}  // namespace nightwatt::io
