// Values to bytes and back (base/archive.h), with the model's own types and with broken input.
#include "base/archive.h"

#include "base/time.h"
#include "model/ids.h"
#include "model/run.h"

namespace nightwatt {
namespace {

enum class Colour : std::uint8_t { red, green };

struct Everything {
  bool flag = false;
  std::int64_t number = 0;
  double real = 0;
  Colour colour = Colour::red;
  DeviceId device{};
  Duration duration{};
  Instant instant{};
  std::string text;
  std::optional<std::int32_t> maybe{};
  std::array<float, 3> three{};
  std::vector<std::string> texts{};
  std::vector<bool> bits{};
  std::deque<std::uint16_t> queue{};
  std::set<std::int32_t> ordered{};
  std::map<std::string, Duration> named{};
  std::pair<std::int32_t, bool> both{};
  std::variant<std::monostate, std::int32_t, std::string> either{};
  template <class A>
  void fields(A& a) {
    a(flag, number, real, colour, device, duration, instant, text, maybe, three, texts, bits, queue,
      ordered, named, both, either);
  }
  friend bool operator==(const Everything&, const Everything&) = default;
};

Everything filled() {
  Everything out;
  out.flag = true;
  out.number = -5;
  out.real = 2.5;
  out.colour = Colour::green;
  out.device = DeviceId{7};
  out.duration = Duration(1500);
  out.instant = Instant(Duration(99));
  out.text = std::string("a\0b", 3);
  out.maybe = 12;
  out.three = {1, 2, 3};
  out.texts = {"x", "", "long enough not to fit into the small buffer of a string"};
  out.bits = {true, false, true};
  out.queue = {1, 2};
  out.ordered = {3, 1};
  out.named = {{"k", Duration(5)}};
  out.both = {4, true};
  out.either = std::string("held");
  return out;
}

TEST(Archive, EverythingComesBack) {
  for (const Everything& value : {Everything{}, filled()}) {
    Reader reader(to_bytes(value));
    Everything copy = filled();
    copy.texts.push_back("must go");
    reader(copy);
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(copy, value);
  }
}

TEST(Archive, EqualValuesGiveEqualBytes) {
  EXPECT_EQ(to_bytes(filled()), to_bytes(filled()));
  EXPECT_NE(to_bytes(filled()), to_bytes(Everything{}));
}

TEST(Archive, EveryTruncationIsNoticed) {
  const std::string bytes = to_bytes(filled());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Reader reader(bytes.substr(0, size));
    Everything copy;
    reader(copy);
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(Archive, AnEnormousCountIsRefusedWithoutMemory) {
  Writer writer;
  writer(std::uint64_t{1} << 60);
  Reader reader(writer.bytes());
  std::vector<std::uint64_t> values;
  reader(values);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(values.empty());
}

TEST(Archive, ARunRecordComesBack) {
  RunRecord record;
  record.id = RunId{9};
  record.group = "rack-1";
  record.reason = "quorum lost: 0 healthy, 1 needed";
  record.state = RunState::running;
  record.committed_at = Instant(Duration(5));
  record.steps.push_back(StepRecord{.id = "remote:a",
                                    .name = "A",
                                    .state = StepState::failed,
                                    .started_at = Instant(Duration(6)),
                                    .error = "refused"});
  Reader reader(to_bytes(record));
  RunRecord copy;
  reader(copy);
  EXPECT_TRUE(reader.ok() && reader.at_end());
  EXPECT_EQ(copy, record);
}

}  // namespace
}  // namespace nightwatt
