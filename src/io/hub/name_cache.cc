#include "io/hub/name_cache.h"

#include <algorithm>
#include <utility>

namespace nightwatt::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto old_after = std::chrono::minutes(5);

}  // namespace

NameCache::NameCache(asio::io_context& io) : resolver_(io) {}

NameCache::Addresses NameCache::known(const std::string& host) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) return {literal};
  const auto found = entries_.find(host);
  if (found == entries_.end()) return {};
  Entry& entry = found->second;
  if (!entry.addresses.empty() && std::chrono::steady_clock::now() - entry.found_at > old_after) {
    refresh(host, entry);
  }
  return entry.addresses;
}

void NameCache::look_up(const std::string& host, Found found) {
  Entry& entry = entries_[host];
  entry.waiting.push_back(std::move(found));
  refresh(host, entry);
}

void NameCache::doubt(const std::string& host) {
  const auto found = entries_.find(host);
  if (found != entries_.end()) refresh(host, found->second);
}

bool NameCache::looking() const {
  return std::ranges::any_of(entries_, [](const auto& each) { return each.second.looking; });
}

void NameCache::refresh(const std::string& host, Entry& entry) {
  if (entry.looking) return;
  entry.looking = true;
  resolver_.async_resolve(
      host, "",
      [self = weak_from_this(), host](const boost::system::error_code& ec,
                                      const tcp::resolver::results_type& results) {
        if (const auto cache = self.lock()) cache->answered(host, ec, results);
      });
}

void NameCache::answered(const std::string& host, const boost::system::error_code& ec,
                         const tcp::resolver::results_type& results) {
  Entry& entry = entries_[host];
  entry.looking = false;
  if (!ec) {
    entry.addresses.clear();
    for (const auto& result : results) {
      const auto address = result.endpoint().address();
      if (std::ranges::find(entry.addresses, address) == entry.addresses.end()) {
        entry.addresses.push_back(address);
      }
    }
    entry.found_at = std::chrono::steady_clock::now();
  }
  const auto waiting = std::exchange(entry.waiting, {});
  const Addresses addresses = entry.addresses;  // a callback may come back to us
  for (const Found& found : waiting) found(ec, addresses);
}

}  // namespace nightwatt::io
