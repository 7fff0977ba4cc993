#pragma once

#include <cstddef>
#include <cstdint>

// The bounds of what one configuration may ask for. A bound that is hit is a diagnostic that names
// it.
namespace nightwatt::config {

inline constexpr std::size_t text_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t depth_max = 32;  // nested mappings and lists; the format needs 8
// Nodes after every alias is replaced by what it stands for: a few lines of aliases can mean
// billions of values, and are refused before anybody walks them.
inline constexpr std::uint64_t nodes_max = 4'000'000;

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

// Problems that are reported; a file with more gets one last line that says so.
inline constexpr std::size_t diagnostics_max = 200;

}  // namespace nightwatt::config
