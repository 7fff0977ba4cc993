#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/terminal.h"

// What the demo shows: lines that scroll, and on a terminal a panel below them that is redrawn in
// place. Piped, or on a terminal smaller than 80x24, there are lines only.
namespace nightwatt::app {

// The rack as it really is, beside which the daemon's opinion stands.
struct RackPicture {
  struct Side {
    bool feed_on = true;
    bool output_on = true;
    double charge = 100;
    std::array<bool, 3> ways_up{true, true, true};  // NUT, SNMP, Modbus
  };
  std::array<Side, 2> sides{};
  double speed = 1;
};

struct Picture {
  RackPicture rack{};
  nlohmann::ordered_json status{};               // GET /api/v1/status
  std::vector<nlohmann::ordered_json> events{};  // all of the run, oldest first
  std::size_t act_began = 0;                     // index of the first event of this act
  double seconds = 0;                            // since the demo began
};

class Screen {
 public:
  explicit Screen(std::FILE* out);
  ~Screen();  // the cursor is back, the panel stays where it is
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Whole lines, without the last newline. The panel moves down.
  void print(const std::string& text);
  // On a terminal only.
  void draw(const std::vector<std::string>& panel);
  void drop_panel();
  // What is printed next stands below the panel, which scrolls away with the rest.
  void leave_panel() { panel_.clear(); }

  bool live() const { return live_; }
  bool broken() const { return broken_; }  // nobody reads any more
  const Painter& paint() const { return paint_; }

 private:
  void write(const std::string& text);
  std::string panel_text() const;

  std::FILE* out_;
  Painter paint_;
  bool live_;
  bool broken_ = false;
  std::vector<std::string> panel_{};
};

// At most 79 columns each.
std::vector<std::string> panel_of(const Picture& picture, const Painter& paint);
std::string event_line(const nlohmann::ordered_json& event, const Painter& paint);

}  // namespace nightwatt::app
