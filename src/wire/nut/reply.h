#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/comm.h"
#include "model/reading.h"
#include "model/text_value.h"
#include "profile/kept_names.h"
#include "wire/nut/line_reader.h"

// What comes back for one request, read as the bytes arrive.
//
//     expect_list_var("ups1"), expect_ok() or expect_tracking()
//     feed(bytes) -> more ... more -> done: reading() | failed: failure(), text()
//
// No I/O, no clock. The outcome depends on the bytes only and not on how they were cut. Nothing is
// allocated for a line that arrives whole.
namespace nightwatt::wire::nut {

enum class Progress : std::uint8_t { more, done, failed };

class ReplyReader {
 public:
  // One line that begins with OK; for an order "OK TRACKING id" too.
  void expect_ok();
  // What became of an order: PENDING or SUCCESS; an ERR says why it was not carried out.
  void expect_tracking();
  // BEGIN LIST VAR ups / VAR ups name "value" ... / END LIST VAR ups. `names`: kept besides what
  // decisions use; null: none. It must live until the reply has ended.
  void expect_list_var(std::string_view ups, const profile::KeptNames* names = nullptr,
                       Texts texts = Texts::none);

  // Takes bytes from the front of `chunk`. done: the bytes behind the reply are left in `chunk`.
  // failed: the rest is not to be trusted; trusted() says whether the connection still is.
  Progress feed(std::string_view& chunk);

  bool started() const { return bytes_ > 0; }  // something of the reply has arrived

  // After `done` of a list. Its path and time are the engine's to fill in.
  const Reading& reading() const { return reading_; }
  std::uint32_t variables() const { return variables_; }  // lines of the list
  std::uint32_t ignored() const { return ignored_; }      // variables that no reading takes
  // Those of the ignored ones that were asked for.
  const std::vector<TextValue>& texts() const { return texts_; }

  // After `done` of an OK: upsd's id of the order; empty: it does not track it.
  const std::string& tracking_id() const { return text_; }
  // After `done` of a tracking: false means PENDING.
  bool carried_out() const { return carried_out_; }

  // After `failed`.
  MessageFailure failure() const { return failure_; }
  const std::string& text() const { return text_; }  // "ERR DATA-STALE: the driver has ..."
  // The peer is in step with us: it sent one well-formed error reply and nothing else.
  bool trusted() const { return trusted_; }
  // It was an ERR with a token that NUT knows, in place of the answer.
  bool peer_error() const { return peer_error_; }
  // The ERR says that nobody knows what became of the order.
  bool unknown_outcome() const { return unknown_outcome_; }

 private:
  void reset();
  enum class Expect : std::uint8_t { nothing, ok, tracking, begin, rows };
  Progress line(std::string_view line);
  Progress opening(const Words& words);
  bool plain_row(std::string_view line);
  Progress row(const Words& words);
  Progress accepted(const Words& words);
  Progress tracked(const Words& words, std::string_view line);
  Progress peer_error(const Words& words);
  Progress bad(std::string text);
  void keep(std::string_view name, std::string_view value);
  bool keep_other(std::string_view name, std::string_view value);

  LineReader lines_;
  std::string ups_;
  std::string text_;
  Reading reading_;
  const profile::KeptNames* names_ = nullptr;
  std::vector<TextValue> texts_;
  std::size_t bytes_ = 0;
  std::uint32_t line_count_ = 0;
  std::uint32_t variables_ = 0;
  std::uint32_t ignored_ = 0;
  Expect expect_ = Expect::nothing;
  Texts wanted_texts_ = Texts::none;
  MessageFailure failure_{};
  bool trusted_ = false;
  bool peer_error_ = false;
  bool carried_out_ = false;
  bool unknown_outcome_ = false;
  bool plain_ups_ = false;  // its name needs no quotes
};

}  // namespace nightwatt::wire::nut
