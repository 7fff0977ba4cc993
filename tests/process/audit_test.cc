// The audit of orders: over restarts, with who and over which path, and on a disk that is full.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/process/ordered_ups.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;
using rack::Feed;
using rack::Rack;

class Audited : public OrderedUps {};

TEST_F(Audited, OrdersOfDaemonsBeforeAreShownWithWhoAndOverWhichPath) {
  begin();
  EXPECT_EQ(order({"beeper.enable"}).code, 0) << daemon.log();
  EXPECT_EQ(order({"load.off"}).code, 1);
  EXPECT_EQ(order({"beeper.enable", "--dry-run"}).code, 0);
  const Finished now = daemon.cli({"orders"});
  EXPECT_NE(now.out.find("UPS-A: load.off, by "), std::string::npos) << now.out;
  EXPECT_NE(now.out.find(": dry run"), std::string::npos) << now.out;
  daemon.kill(SIGKILL);
  EXPECT_EQ(daemon.wait_exit(), 128 + SIGKILL);
  start();
  EXPECT_EQ(daemon.cli({"orders"}).out, "no orders since the daemon began\n");
  const Finished all = daemon.cli({"orders", "--all"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_NE(all.out.find(": ok, over its primary path (modbus-a)"), std::string::npos) << all.out;
  std::vector<Json> rows;
  std::istringstream lines(daemon.cli({"orders", "--all", "--json"}).out);
  for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["outcome"], "ok");
  EXPECT_EQ(rows[0]["policy"], "idempotent");
  EXPECT_TRUE(rows[0]["expires_at"].is_string());
  EXPECT_EQ(rows[1]["outcome"], "refused");
  EXPECT_EQ(rows[2]["dry_run"], true);
  for (const Json& row : rows) {
    EXPECT_NE(row["who"].get<std::string>().find("over the socket"), std::string::npos) << row;
  }
}

TEST_F(Audited, AMisspeltDryRunIsRefusedAndNothingIsSent) {
  begin();
  const auto curl = [&](const std::string& body) {
    return shell("curl -sS --unix-socket '" + daemon.file("sock") + "' -d '" + body +
                 "' http://localhost/api/v1/devices/UPS-A/control");
  };
  EXPECT_NE(curl(R"({"command":"beeper.enable","dry_run":"yes"})").out.find("dry_run must be"),
            std::string::npos);
  EXPECT_NE(curl(R"({"command":"beeper.enable","dryrun":true})").out.find("unknown key"),
            std::string::npos);
  EXPECT_TRUE(stays([&] { return beeps() == 0; }, 500ms));
}

TEST_F(Audited, AFullDiskHoldsNoOrderAndSaysThatItHasNoRecord) {
  daemon.state_dir = daemon.file("small");
  fs::create_directories(daemon.state_dir);
  if (::mount("nightwatt-test", daemon.state_dir.c_str(), "tmpfs", 0, "size=600k") != 0) {
    GTEST_SKIP() << "a small tmpfs cannot be mounted here (needs root)";
  }
  struct Unmount {
    std::string path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  } unmount{daemon.state_dir};
  begin();
  const std::string filler = daemon.state_dir + "/filler";
  {
    std::ofstream full(filler);
    const std::string block(4096, 'x');
    while (full.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  const Finished done = order({"beeper.enable"});
  EXPECT_EQ(done.code, 0) << done.out << done.err << daemon.log();
  EXPECT_EQ(beeps(), 1u);
  EXPECT_TRUE(daemon.logged("is sent although the journal has no record of it: ")) << daemon.log();
  fs::remove(filler);
  ASSERT_TRUE(wait_until([&] {
    return daemon.cli({"orders", "--all"}).out.find("beeper.enable") != std::string::npos;
  })) << "what the disk refused is written when it can be";
  EXPECT_EQ(daemon.terminate(), 0);
}

}  // namespace
}  // namespace nightwatt::process
