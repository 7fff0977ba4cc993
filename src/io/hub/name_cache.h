#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Host names to addresses, without ever blocking the loop and without making a known device wait
// for the name server: an outage of DNS must not look like an outage of the UPSes.
//
// A literal address is never looked up. A known name answers at once from memory, and is looked up
// again behind the caller's back when it is old or in doubt; while that fails the old answer stays.
// All look-ups share Asio's one resolver thread, so a slow name server delays other *new* names.
namespace nightwatt::io {

class NameCache : public std::enable_shared_from_this<NameCache> {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;
  using Found = std::function<void(const boost::system::error_code&, const Addresses&)>;

  explicit NameCache(boost::asio::io_context& io);

  // Nothing: not known yet, look_up() it.
  Addresses known(const std::string& host);
  // Calls `found` later, once, from the loop. Callers that ask meanwhile share the look-up.
  void look_up(const std::string& host, Found found);
  // No address of the host could be connected: it may have moved.
  void doubt(const std::string& host);
  // A look-up is under way. Nothing can end it, and the io_context's end waits for it.
  bool looking() const;

 private:
  struct Entry {
    Addresses addresses{};
    std::chrono::steady_clock::time_point found_at{};
    bool looking = false;
    std::vector<Found> waiting{};
  };
  void refresh(const std::string& host, Entry& entry);
  void answered(const std::string& host, const boost::system::error_code& ec,
                const boost::asio::ip::tcp::resolver::results_type& results);

  boost::asio::ip::tcp::resolver resolver_;
  std::map<std::string, Entry> entries_;
};

}  // namespace nightwatt::io
