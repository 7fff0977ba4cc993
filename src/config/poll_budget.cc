#include "config/poll_budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/paths.h"

namespace nightwatt::config {
namespace {

constexpr double budget_min = 0.01;
constexpr double budget_max = 100'000;

}  // namespace

void read_poll_budget(Section& section, core::CommRule& comm) {
  double per_second = 0;
  if (!section.number("polls_per_second", per_second, {0, budget_max})) return;
  if (per_second != 0 && per_second < budget_min) {
    section.out().error(section.pos_of("polls_per_second"),
                        fmt::format("{} must be 0 (no limit) or {} at least",
                                    section.path("polls_per_second"), budget_min));
    return;
  }
  comm.budget_milli = static_cast<std::uint32_t>(per_second * 1'000 + 0.5);
}

std::uint32_t serial_budget(const ModbusLine& line, Duration message_timeout,
                            Duration message_delay) {
  constexpr std::int64_t characters = 128;
  constexpr std::int64_t second_us = 1'000'000;
  // Start, eight data bits, parity or nothing, one or two stop bits.
  const int bits = 9 + (line.parity == Parity::none ? 0 : 1) + line.stop_bits;
  const std::int64_t character_us = second_us * bits / std::max(line.baud, 1);
  // Modbus over Serial Line V1.02, 2.5.1.1: 3.5 characters, above 19200 baud 1.75 ms.
  const std::int64_t silence_us = line.baud > 19'200 ? 1'750 : character_us * 7 / 2;
  const std::int64_t message_us = characters * character_us + 2 * silence_us +
                                  1'000 * (message_delay + message_timeout / 10).count();
  return static_cast<std::uint32_t>(std::max<std::int64_t>(800 * second_us / message_us, 10));
}

void set_default_budgets(Draft& draft) {
  for (std::size_t i = 0; i < draft.config.endpoints.size(); ++i) {
    const CommEndpoint& endpoint = draft.config.endpoints[i];
    const auto* line = std::get_if<ModbusLine>(&endpoint.settings);
    if (line == nullptr || line->framing != ModbusFraming::rtu) continue;
    const CommId comm{static_cast<std::uint32_t>(i)};
    if (draft.written_budgets.contains(comm)) continue;
    Origins origins{};
    const core::PathRule path = path_on(draft, comm, origins);
    draft.config.site.comms[i].budget_milli =
        serial_budget(*line, path.message_timeout, path.message_delay);
  }
}

std::string show_poll_budget(const core::CommRule& comm) {
  if (comm.budget_milli == 0) return {};
  return fmt::format(", {:.3g} polls/s at most when quickened", comm.budget_milli / 1'000.0);
}

}  // namespace nightwatt::config
