#include "wire/nut/request.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/nut/answer.h"

namespace nightwatt::wire::nut {
namespace {

template <class... Args>
std::string line_of(void (*append)(std::string&, Args...), const char* a = nullptr,
                    const char* b = nullptr) {
  std::string out;
  if constexpr (sizeof...(Args) == 0) append(out);
  if constexpr (sizeof...(Args) == 1) append(out, a);
  if constexpr (sizeof...(Args) == 2) append(out, a, b);
  return out;
}

TEST(Request, IsWrittenAsUpsdReadsIt) {
  EXPECT_EQ(line_of(append_list_var, "ups1"), "LIST VAR ups1\n");
  EXPECT_EQ(line_of(append_list_var, "my ups"), "LIST VAR \"my ups\"\n");
  EXPECT_EQ(line_of(append_get_var, "ups1", "ups.status"), "GET VAR ups1 ups.status\n");
  EXPECT_EQ(line_of(append_username, "mon"), "USERNAME mon\n");
  EXPECT_EQ(line_of(append_password, "a\"b\\c#d e"), "PASSWORD \"a\\\"b\\\\c\\#d e\"\n");
  EXPECT_EQ(line_of(append_password, "a=b"), "PASSWORD \"a=b\"\n");
  EXPECT_EQ(line_of(append_password, ""), "PASSWORD \"\"\n");
  EXPECT_EQ(line_of(append_login, "ups1"), "LOGIN ups1\n");
  EXPECT_EQ(line_of(append_ver), "VER\n");
  EXPECT_EQ(line_of(append_logout), "LOGOUT\n");
}

struct Parsed {
  Verb verb;
  std::string ups;
  std::string variable;
};

Parsed parse(std::string_view line) {
  Words words;
  EXPECT_EQ(words.split(line), LineFault::none);
  const Request request = parse_request(words);
  return {request.verb, std::string(request.ups), std::string(request.variable)};
}

TEST(Request, IsUnderstoodInAnyCase) {
  EXPECT_EQ(parse("list var UPS1").verb, Verb::list_var);
  EXPECT_EQ(parse("LIST VAR UPS1").ups, "UPS1");
  EXPECT_EQ(parse("Get Var u ups.status").variable, "ups.status");
  EXPECT_EQ(parse("username mon").ups, "mon");
}

TEST(Request, EachVerbIsKnown) {
  EXPECT_EQ(parse("VER").verb, Verb::ver);
  EXPECT_EQ(parse("NETVER").verb, Verb::netver);
  EXPECT_EQ(parse("PROTVER").verb, Verb::netver);
  EXPECT_EQ(parse("HELP").verb, Verb::help);
  EXPECT_EQ(parse("STARTTLS").verb, Verb::starttls);
  EXPECT_EQ(parse("PASSWORD x").verb, Verb::password);
  EXPECT_EQ(parse("LOGIN u").verb, Verb::login);
  EXPECT_EQ(parse("ATTACH u").verb, Verb::login);
  EXPECT_EQ(parse("LOGOUT").verb, Verb::logout);
  EXPECT_EQ(parse("DETACH").verb, Verb::logout);
  EXPECT_EQ(parse("LIST UPS").verb, Verb::list_ups);
  for (const char* kind : {"RW", "CMD", "CLIENT"}) {
    EXPECT_EQ(parse(std::string("LIST ") + kind + " u").verb, Verb::list_other) << kind;
  }
  EXPECT_EQ(parse("LIST ENUM u v").verb, Verb::list_other);
  EXPECT_EQ(parse("LIST RANGE u v").verb, Verb::list_other);
  EXPECT_EQ(parse("GET UPSDESC u").verb, Verb::get_upsdesc);
  EXPECT_EQ(parse("GET NUMLOGINS u").verb, Verb::get_numlogins);
  EXPECT_EQ(parse("GET NUMATTACH u").verb, Verb::get_numlogins);
  EXPECT_EQ(parse("GET TYPE u v").verb, Verb::get_other);
}

TEST(Request, WrongArgumentsAreToldFromUnknownWords) {
  for (const char* line : {"VER 1", "USERNAME", "USERNAME a b", "LOGIN", "LIST", "LIST VAR",
                           "GET VAR u", "GET", "LIST CLIENTS u", "GET SOMETHING u"}) {
    EXPECT_EQ(parse(line).verb, Verb::bad_arguments) << line;
  }
  for (const char* line : {"", "HELLO", "LISTVAR u"}) {
    EXPECT_EQ(parse(line).verb, Verb::unknown) << line;
  }
}

TEST(Request, FurtherArgumentsOfAQueryAreIgnored) {
  EXPECT_EQ(parse("GET VAR u ups.status extra").verb, Verb::get_var);
  EXPECT_EQ(parse("LIST VAR u extra").verb, Verb::list_var);
}

TEST(Answer, IsWrittenAsUpsdDoes) {
  std::string out;
  append_begin_list(out, "VAR", "ups1");
  append_var(out, "ups1", "ups.model", "Smart \"1500\" #2");
  append_end_list(out, "VAR", "ups1");
  append_text(out, "UPSDESC", "ups1", "Feed A");
  append_begin_list(out, "UPS", "");
  append_err(out, "DATA-STALE");
  append_ok(out);
  EXPECT_EQ(out,
            "BEGIN LIST VAR ups1\n"
            "VAR ups1 ups.model \"Smart \\\"1500\\\" \\#2\"\n"
            "END LIST VAR ups1\n"
            "UPSDESC ups1 \"Feed A\"\n"
            "BEGIN LIST UPS\n"
            "ERR DATA-STALE\n"
            "OK\n");
}

}  // namespace
}  // namespace nightwatt::wire::nut
