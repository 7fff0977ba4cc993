#include "config/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "config/limits.h"
#include "config/source_text.h"

namespace nightwatt::config {
namespace {

struct Refused {};  // the document was refused by us, in the middle of yaml-cpp's parsing

SourcePos place(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

void report_duplicates(const Item& mapping, Diagnostics& out) {
  std::vector<const Item*> keys;
  for (std::size_t i = 0; i < mapping.children.size(); i += 2) keys.push_back(mapping.children[i]);
  std::ranges::sort(
      keys, {}, [](const Item* key) { return std::pair(std::string_view(key->text), key->pos); });
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i]->text != keys[i - 1]->text) continue;
    out.error(keys[i]->pos, "key '" + keys[i]->text + "' is written twice in this mapping",
              "the first one is in line " + std::to_string(keys[i - 1]->pos.line));
  }
}

}  // namespace

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::deque<Item>& nodes, Diagnostics& out) : nodes_(nodes), out_(out) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_ != nullptr)
      refuse(place(mark), "a second document starts here", "one file, one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(ItemKind::null, mark, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Item& node = add(ItemKind::scalar, mark, anchor);
    node.plain = tag != "!";  // yaml-cpp: "?" is a plain scalar, "!" a quoted one
    node.text = value;
    if (!node.plain) last_quoted_ = node.pos;
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end() || std::ranges::find(open_, named->second) != open_.end()) {
      refuse(place(mark), "this alias stands for something that contains it");
    }
    append(*named->second, place(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(ItemKind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(ItemKind::mapping, mark, anchor);
  }
  void OnMapEnd() override {
    const Item& mapping = *open_.back();
    for (std::size_t i = 0; i < mapping.children.size(); i += 2) {
      const Item& key = *mapping.children[i];
      if (key.kind != ItemKind::scalar) refuse(key.pos, "a key must be text, got " + describe(key));
    }
    report_duplicates(mapping, out_);
    close();
  }

  const Item* root() const { return root_; }
  SourcePos last_quoted() const { return last_quoted_; }

 private:
  Item& add(ItemKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Item& node = nodes_.emplace_back();
    node.kind = kind;
    node.pos = place(mark);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    // A container is appended when it closes: only then is its weight known.
    if (kind != ItemKind::list && kind != ItemKind::mapping) append(node, node.pos);
    return node;
  }
  void open(ItemKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Item& node = add(kind, mark, anchor);
    open_.push_back(&node);
    if (open_.size() > depth_max) {
      refuse(node.pos, "nested deeper than " + std::to_string(depth_max) + " levels");
    }
  }
  void close() {
    Item* node = open_.back();
    open_.pop_back();
    append(*node, node->pos);
  }
  void append(const Item& node, SourcePos pos) {
    if (open_.empty()) {
      root_ = &node;
      return;
    }
    Item& parent = *open_.back();
    parent.children.push_back(&node);
    parent.weight += node.weight;
    if (parent.weight > nodes_max || nodes_.size() > nodes_max) {
      refuse(pos,
             "more than " + std::to_string(nodes_max) + " values, counting what aliases stand for");
    }
  }
  [[noreturn]] void refuse(SourcePos pos, std::string message, std::string hint = {}) {
    out_.error(pos, std::move(message), std::move(hint));
    throw Refused{};
  }

  std::deque<Item>& nodes_;
  Diagnostics& out_;
  std::vector<Item*> open_;
  std::map<YAML::anchor_t, Item*> anchors_;
  const Item* root_ = nullptr;
  SourcePos last_quoted_{};
};

std::string describe(const Item& node) {
  constexpr std::size_t shown_max = 40;
  switch (node.kind) {
    case ItemKind::null: return "nothing";
    case ItemKind::list: return "a list";
    case ItemKind::mapping: return "a mapping";
    case ItemKind::scalar: break;
  }
  std::string shown =
      node.text.size() > shown_max ? node.text.substr(0, shown_max) + "..." : node.text;
  std::ranges::replace_if(shown, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return node.plain ? "'" + shown + "'" : "the text \"" + shown + "\"";
}

const Item* Tree::parse(std::string_view text, Diagnostics& out) {
  if (!check_characters(text, out)) return nullptr;
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(nodes_, out);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused&) {
    return nullptr;
  } catch (const YAML::Exception& error) {
    const SourcePos pos = place(error.mark);
    out.error(pos, "this is not YAML: " + error.msg, syntax_hint(text, pos));
    return nullptr;
  }
  if (builder.root() == nullptr || builder.root()->kind == ItemKind::null) {
    out.error({}, "the file is empty", "'nightwatt init' writes one to start from");
    return nullptr;
  }
  if (!quote_is_closed(text, builder.last_quoted())) {
    out.error(builder.last_quoted(), "this quoted text is never closed");
    return nullptr;
  }
  return builder.root();
}

}  // namespace nightwatt::config
