#include "model/point.h"

#include <algorithm>
#include <array>

namespace nightwatt {
namespace {

// The path's number stands between `before` and `after`; a point of the device has no `after`, and
// `of_path` tells it from comm.failovers.N.
struct Form {
  PointKind kind;
  std::string_view before;
  std::string_view after;
  std::string_view unit;
  bool of_path;
};

constexpr std::array<Form, 10> forms{{
    {PointKind::active_line, "comm.active.line", "", "", false},
    {PointKind::primary_failed_over, "comm.primary.failed_over", "", "", false},
    {PointKind::success_hour, "comm.success.hour", "", "%", false},
    {PointKind::success_day, "comm.success.day", "", "%", false},
    {PointKind::failovers, "comm.failovers.", "", "", true},
    {PointKind::latency, "comm.path.", ".latency_ms", "ms", true},
    {PointKind::latency_p95, "comm.path.", ".latency_p95_ms", "ms", true},
    {PointKind::loss, "comm.path.", ".loss", "%", true},
    {PointKind::attempts, "comm.path.", ".attempts", "", true},
    {PointKind::failures, "comm.path.", ".failures", "", true},
}};

constexpr std::array<std::string_view, 3> texts{"comm.active.id", "comm.primary.id",
                                                "comm.secondary.id"};

const Form& form_of(PointKind kind) { return forms.at(static_cast<std::size_t>(kind)); }

}  // namespace

std::string name_of(Point point) {
  const Form& form = form_of(point.kind);
  std::string name(form.before);
  if (form.of_path) name += std::to_string(point.path.value);
  return name += form.after;
}

std::string_view unit_of(PointKind kind) { return form_of(kind).unit; }

std::optional<Point> point_named(std::string_view name) {
  for (const Form& form : forms) {
    if (!form.of_path) {
      if (name == form.before) return Point{form.kind, {}};
      continue;
    }
    const std::size_t length = form.before.size() + 1 + form.after.size();
    if (name.size() != length || !name.starts_with(form.before) || !name.ends_with(form.after)) {
      continue;
    }
    const char digit = name[form.before.size()];
    if (digit < '1' || digit > '0' + paths_max) continue;
    return Point{form.kind, PathRank{static_cast<std::uint8_t>(digit - '0')}};
  }
  return std::nullopt;
}

bool is_text_point(std::string_view name) { return std::ranges::find(texts, name) != texts.end(); }

bool is_point_name(std::string_view name) { return name.starts_with("comm."); }

std::vector<std::string> point_names(std::uint8_t paths) {
  std::vector<std::string> names;
  for (const Form& form : forms) {
    const std::uint8_t last = form.of_path ? paths : std::uint8_t{1};
    for (std::uint8_t p = 1; p <= last; ++p) names.push_back(name_of({form.kind, PathRank{p}}));
  }
  return names;
}

}  // namespace nightwatt
