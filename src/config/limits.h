#pragma once

#include <cstddef>

// The bounds of what one configuration may ask for; those of any YAML file are in yaml/limits.h. A
// bound that is hit is a diagnostic that names it.
namespace nightwatt::config {

inline constexpr std::size_t name_bytes_max = 128;
inline constexpr std::size_t text_value_bytes_max = 4096;
inline constexpr std::size_t secret_bytes_max = 1024;
inline constexpr std::size_t devices_max = 20'000;
inline constexpr std::size_t comm_devices_max = 65'536;
inline constexpr std::size_t trap_users_max = 1'000;
inline constexpr std::size_t groups_max = 10'000;
inline constexpr std::size_t members_max = 256;           // of one group
inline constexpr std::size_t remote_servers_max = 1'000;  // of one owner; StepId has 16 bits
inline constexpr std::size_t pre_shutdown_commands_max = 64;

inline constexpr std::size_t profile_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t profile_items_max = 2'000;
inline constexpr std::size_t profile_commands_max = 200;
inline constexpr std::size_t meanings_max = 512;            // of one map
inline constexpr std::size_t profiles_max = 1'000;          // of one configuration
inline constexpr std::size_t other_variables_max = 10'000;  // VariableId has 16 bits

}  // namespace nightwatt::config
