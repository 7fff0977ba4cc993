#pragma once

#include "config/section.h"
#include "profile/profile.h"

namespace nightwatt::config {

// `values:`, `bits:` or `flags:` of a variable into its map and meanings. item.variable and
// item.source are set already.
void read_meanings(Section& section, profile::Item& item);

// "OL CHRG" as status words; an unknown word is an error with the word that was meant.
bool read_words(const Item& node, const std::string& where, StatusWords& into, Diagnostics& out);

}  // namespace nightwatt::config
