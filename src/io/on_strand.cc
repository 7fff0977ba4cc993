#include "io/on_strand.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>

namespace nightwatt::io {
namespace {

template <class Sink, class What>
Sink posted(boost::asio::io_context& io, Sink sink) {
  // One shared target instead of a copy of the sink in every post.
  auto target = std::make_shared<Sink>(std::move(sink));
  return [&io, target](What what) {
    auto work = [target, what = std::move(what)]() mutable { (*target)(std::move(what)); };
    boost::asio::post(io, std::move(work));
  };
}

}  // namespace

ports::EventSink on_strand(boost::asio::io_context& io, ports::EventSink sink) {
  return posted<ports::EventSink, Event>(io, std::move(sink));
}

ports::NoticeSink on_strand(boost::asio::io_context& io, ports::NoticeSink sink) {
  return posted<ports::NoticeSink, Notice>(io, std::move(sink));
}

}  // namespace nightwatt::io
