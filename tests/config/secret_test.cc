#include <gtest/gtest.h>

#include "tests/config/support.h"

// Passwords: where they may come from, and files that are refused.
namespace nightwatt::config::test {
namespace {

std::string with(const std::string& login) {
  return "comm_devices:\n  - {id: a, host: h, username: mon, " + login + "}\nups: {name: A@h}\n";
}

TEST(Secrets, FromAFile) {
  World world;
  world.files["/etc/pw"] = {"a secret\r\n", 0600};
  EXPECT_EQ(good(with("password_file: /etc/pw"), world).endpoints[0].password, "a secret");
}

TEST(Secrets, ARelativeFileIsBesideTheConfiguration) {
  World world;
  world.files["/etc/nightwatt/pw"] = {"x", 0400};
  const Loaded loaded =
      load("/etc/nightwatt/site.yaml", with("password_file: pw"), world.environment());
  ASSERT_TRUE(loaded.config.has_value());
  EXPECT_EQ(loaded.config->endpoints[0].password, "x");
}

TEST(Secrets, AWorldReadableFileIsRefused) {
  World world;
  world.files["/etc/pw"] = {"x", 0644};
  EXPECT_EQ(problems(with("password_file: /etc/pw"), world),
            "site.yaml:2:52: error: password_file '/etc/pw' can be read by everybody (mode 0644)\n"
            "      - {id: a, host: h, username: mon, password_file: /etc/pw}\n"
            "                                                       ^\n"
            "    hint: chmod 600 '/etc/pw'\n");
}

TEST(Secrets, AFileThatIsNotThereOrHoldsNoPassword) {
  World world;
  EXPECT_EQ(errors(with("password_file: /etc/pw"), world),
            "password_file '/etc/pw': no such file\n");
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("a\nb"), std::string(2'000, 'x')}) {
    world.files["/etc/pw"] = {text, 0600};
    EXPECT_EQ(errors(with("password_file: /etc/pw"), world),
              "password_file '/etc/pw' is empty, too long or not one line\n");
  }
}

TEST(Secrets, FromTheEnvironment) {
  World world;
  world.variables["NUT_PW"] = "geheim";
  for (const char* login :
       {"password_env: NUT_PW", "password: '${NUT_PW}'", "password: '${env:NUT_PW}'"}) {
    EXPECT_EQ(good(with(login), world).endpoints[0].password, "geheim") << login;
  }
  world.config_mode = 0644;  // a reference is no secret
  EXPECT_EQ(good(with("password: '${NUT_PW}'"), world).endpoints[0].password, "geheim");
}

TEST(Secrets, AMissingVariableIsAnError) {
  EXPECT_EQ(problems(with("password_env: NUT_PW")),
            "site.yaml:2:51: error: comm_devices['a'].password_env: the environment has no "
            "variable 'NUT_PW'\n"
            "      - {id: a, host: h, username: mon, password_env: NUT_PW}\n"
            "                                                      ^\n"
            "    hint: systemd: Environment= or EnvironmentFile= of the unit\n");
}

TEST(Secrets, InlineOnlyInAFileThatOthersCannotRead) {
  World world;
  EXPECT_EQ(good(with("password: geheim"), world).endpoints[0].password, "geheim");
  world.config_mode = 0640;
  EXPECT_EQ(errors(with("password: geheim"), world), "");
  world.config_mode = 0644;
  EXPECT_EQ(problems(with("password: geheim"), world),
            "site.yaml:2:47: error: comm_devices['a'].password is a secret in a file that "
            "everybody can read "
            "(mode 0644)\n"
            "      - {id: a, host: h, username: mon, password: ********}\n"
            "                                                  ^\n"
            "    hint: chmod 600 the file, or use password_file\n");
  world.config_mode.reset();  // not a file
  EXPECT_EQ(errors(with("password: geheim"), world), "");
}

TEST(Secrets, AlsoTheOnesThatAreNotUsed) {
  World world;
  world.config_mode = 0604;
  EXPECT_EQ(errors("ups: {name: A@h}\nnut_control: {enabled: false, password: geheim}\n", world),
            "nut_control.password is a secret in a file that everybody can read (mode 0604)\n");
}

TEST(Secrets, ExactlyOneSourceAndAUsername) {
  World world;
  world.variables["X"] = "x";
  EXPECT_EQ(errors(with("password: x, password_env: X"), world),
            "comm_devices['a'] has more than one password\n");
  EXPECT_EQ(errors("comm_devices: [{id: a, host: h, password: x}]\nups: {name: A@h}\n"),
            "comm_devices['a'] has a password and no username\n");
  EXPECT_EQ(errors("comm_devices: [{id: a, host: h, username: x}]\nups: {name: A@h}\n"),
            "comm_devices['a'] has a username and no password\n");
}

TEST(Secrets, NeverAppearInASourceLine) {
  const auto shown = [](const std::string& login) {
    return problems("comm_devices:\n  - {id: a, username: m, " + login + "}\nups: {name: A@h}\n");
  };
  EXPECT_EQ(shown("password: geh eim, bogus: 1"),
            "site.yaml:2:5: error: comm_devices['a'] has no 'host'\n"
            "      - {id: a, username: m, password: ********, bogus: 1}\n"
            "        ^\n"
            "site.yaml:2:45: error: unknown key 'bogus' in comm_devices['a']\n"
            "      - {id: a, username: m, password: ********, bogus: 1}\n"
            "                                                 ^\n");
  for (const char* secret : {"'a, b} c'", "\"a, b} c\"", "'a'"}) {
    const std::string text = shown("password: " + std::string(secret) + ", bogus: 1");
    EXPECT_EQ(text.find("a, b"), std::string::npos) << text;
    EXPECT_NE(text.find("bogus: 1}"), std::string::npos) << text;
  }
  EXPECT_NE(shown("password: 'a very long secret indeed, longer than a line', bogus: 1")
                .find("    - {id: a, username: m, password: '********', bogus: 1}\n"
                      "                                                   ^\n"),
            std::string::npos);
  EXPECT_EQ(problems("comm_devices:\n  - {}\npassword: a, b\n").find("a, b"), std::string::npos);
  EXPECT_NE(shown("bogus: 1, password_file: /etc/pw").find("/etc/pw"), std::string::npos);
}

// However YAML lets it be written. The slip is on the secret's own line, behind it or before it.
TEST(Secrets, NeverAppearHoweverTheyAreWritten) {
  for (const char* written : {
           R"("password": s3cret)",
           R"('password': s3cret)",
           R"(password : s3cret)",
           R"("password" : s3cret)",
           R"("password":s3cret)",
           R"(password: &p s3cret)",
           R"(password: !!str "x, s3cret")",
           R"(password: 'it''s s3cret')",
           R"(password: "a \" s3cret")",
           R"(Password: s3cret)",
           R"({"community" : s3cret})",
           R"(auth_password:  s3cret)",
           R"(password: s3cret # s3cret)",
           R"(password: ${X}s3cret)",
       }) {
    for (const char* place : {"  - {id: a, host: h, bogus: 1, @}\n", "  - {@, bogus: 1, id: a}\n",
                              "  - id: a\n    bogus:\n      @\n", "  - @\n    id: a\n"}) {
      std::string text = "comm_devices:\n" + std::string(place) + "ups: {name: A@h}\n";
      text.replace(text.find('@'), 1, written);
      for (std::uint32_t line = 1; line <= 6; ++line) {
        const std::string shown = render({Severity::error, {line, 12}, "x", ""}, "f", text);
        EXPECT_EQ(shown.find("s3cret"), std::string::npos) << shown;
      }
    }
  }
}

TEST(Secrets, NeverAppearOnLinesOfTheirOwn) {
  for (const char* text : {
           "- id: a\n  password:\n    s3cret\n",
           "- id: a\n  password: |\n    one\n\n      s3cret\n",
           "- password: >-\n    one\n    s3cret\n",
           "- password: \"one\n    s3cret\"\n",
           "- password: one\n    s3cret\n",
           "- {id: a, password:\n  s3cret, bogus: 1}\n",
           "- {id: a, \"password\":\n      s3cret, bogus: 1}\n",
           "- password: # of the UPS\n    s3cret\n",
       }) {
    for (std::uint32_t line = 1; line <= 6; ++line) {
      const std::string shown = render({Severity::error, {line, 5}, "x", ""}, "f", text);
      EXPECT_EQ(shown.find("s3cret"), std::string::npos) << shown;
    }
  }
}

TEST(Secrets, WhatBelongsToAnotherKeyIsShown) {
  const std::string text =
      "comm_devices:\n"
      "  - password: s3cret\n"
      "    host: kept\n"
      "    paths:\n"
      "      - kept\n"
      "  - {password: s3cret, id: kept}\n"
      "  - {id: kept, password: s3cret,\n"
      "     host: kept}\n"
      "  - password_file: kept\n"
      "  - password: ${kept}\n"
      "  - description: kept password\n";
  for (std::uint32_t line = 3; line <= 11; ++line) {
    if (line == 4) continue;
    const std::string shown = render({Severity::error, {line, 5}, "x", ""}, "f", text);
    EXPECT_NE(shown.find("kept"), std::string::npos) << shown;
    EXPECT_EQ(shown.find("s3cret"), std::string::npos) << shown;
  }
}

TEST(Secrets, NeverAppearInTheSummary) {
  const Config config = good(with("password: geheim"));
  EXPECT_EQ(summary(config).find("geheim"), std::string::npos);
  EXPECT_NE(summary(config).find("user mon"), std::string::npos);
}

}  // namespace
}  // namespace nightwatt::config::test
