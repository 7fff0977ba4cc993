#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "model/comm.h"
#include "model/ids.h"

// Words of communication failover for people.
namespace nightwatt::core {

// "primary", "first failover", ... "seventh failover".
std::string_view path_word(PathRank path);
// As the end of "comm device nut-a1 is ...".
std::string_view state_word(CommState state);
// "31 s", "31.2 s", "4 min 20 s", "2 h 5 min"; negative ones read as 0 s.
std::string duration_words(Duration duration);

}  // namespace nightwatt::core
