#include "yaml/tree.h"

#include <yaml.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/check.h"
#include "yaml/limits.h"
#include "yaml/source_text.h"

namespace nightwatt::yaml {
namespace {

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

// libyaml counts characters, we count bytes. Places are asked for nearly in their order: each count
// goes on from the one before, since a whole site may be one line.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::ranges::all_of(text, is_ascii)) return;
    lines_.push_back(0);
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') lines_.push_back(at + 1);
    }
  }
  SourcePos operator()(const yaml_mark_t& mark) {
    std::size_t column = mark.column;
    if (mark.line < lines_.size()) {
      if (mark.line != line_ || mark.column < characters_) {
        line_ = mark.line;
        characters_ = bytes_ = 0;
      }
      const std::string_view rest = text_.substr(lines_[line_]);
      for (; characters_ < mark.column && bytes_ < rest.size(); ++characters_) {
        for (++bytes_; bytes_ < rest.size() && is_tail(rest[bytes_]);) ++bytes_;
      }
      column = bytes_;
    }
    return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(column) + 1};
  }

 private:
  static bool is_tail(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

  std::string_view text_;
  std::vector<std::size_t> lines_;  // where each begins; empty when a character is a byte
  // The place that was asked for last.
  std::size_t line_ = 0, characters_ = 0, bytes_ = 0;
};

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

// YAML 1.2, section 10.2.1.1, and nothing at all.
bool means_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// Takes libyaml's events; each member that returns a bool says whether to go on.
class TreeBuilder {
 public:
  TreeBuilder(std::deque<Item>& nodes, Places& place, Diagnostics& out, DuplicateKeys duplicates)
      : nodes_(nodes), place_(place), out_(out), duplicates_(duplicates) {}

  bool take(const yaml_event_t& event) {
    const auto& data = event.data;
    const SourcePos pos = place_(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        return root_ == nullptr ||
               refuse(pos, "a second document starts here", "one file, one document");
      case YAML_SCALAR_EVENT: return scalar(event, pos);
      case YAML_ALIAS_EVENT: return alias(text_of(data.alias.anchor), pos);
      case YAML_SEQUENCE_START_EVENT:
        return open(ItemKind::list, pos, text_of(data.sequence_start.anchor),
                    text_of(data.sequence_start.tag));
      case YAML_MAPPING_START_EVENT:
        return open(ItemKind::mapping, pos, text_of(data.mapping_start.anchor),
                    text_of(data.mapping_start.tag));
      case YAML_SEQUENCE_END_EVENT: return close();
      case YAML_MAPPING_END_EVENT: return close_mapping();
      case YAML_NO_EVENT:
      case YAML_STREAM_START_EVENT:
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT: break;
    }
    return true;
  }

  const Item* root() const { return root_; }

 private:
  bool scalar(const yaml_event_t& event, SourcePos pos) {
    const auto& data = event.data.scalar;
    const std::string_view tag = text_of(data.tag);
    const std::string_view text(reinterpret_cast<const char*>(data.value), data.length);
    const bool is_plain =
        data.style == YAML_PLAIN_SCALAR_STYLE && tag != "!" && tag != YAML_STR_TAG;
    if (!tag_is_known(tag, pos)) return false;
    const bool is_null = is_plain && means_null(text);
    Item& node = add(is_null ? ItemKind::null : ItemKind::scalar, pos, text_of(data.anchor));
    node.plain = is_plain && !is_null;
    if (!is_null) node.text = text;
    return append(node, pos);
  }
  bool alias(std::string_view anchor, SourcePos pos) {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end()) {
      return refuse(pos, "nothing above is named '&" + std::string(anchor) + "'");
    }
    if (std::ranges::find(open_, named->second) != open_.end()) {
      return refuse(pos, "this alias stands for something that contains it");
    }
    return append(*named->second, pos);
  }
  // Somebody else's tags (!secret, !include) mean something that would be lost.
  bool tag_is_known(std::string_view tag, SourcePos pos) {
    constexpr std::string_view core_schema = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "!" || tag.starts_with(core_schema)) return true;
    return refuse(pos, "the tag " + std::string(tag) + " means nothing here");
  }
  Item& add(ItemKind kind, SourcePos pos, std::string_view anchor) {
    Item& node = nodes_.emplace_back();
    node.kind = kind;
    node.pos = pos;
    if (!anchor.empty()) anchors_.insert_or_assign(std::string(anchor), &node);
    return node;
  }
  // A container is appended when it closes: only then is its weight known.
  bool open(ItemKind kind, SourcePos pos, std::string_view anchor, std::string_view tag) {
    open_.push_back(&add(kind, pos, anchor));
    if (open_.size() > depth_max) {
      return refuse(pos, "nested deeper than " + std::to_string(depth_max) + " levels");
    }
    return tag_is_known(tag, pos);
  }
  bool close() {
    Item* node = open_.back();
    open_.pop_back();
    return append(*node, node->pos);
  }
  bool close_mapping() {
    const Item& mapping = *open_.back();
    for (std::size_t i = 0; i < mapping.children.size(); i += 2) {
      const Item& key = *mapping.children[i];
      if (key.kind != ItemKind::scalar) {
        return refuse(key.pos, "a key must be text, got " + describe(key));
      }
    }
    if (duplicates_ == DuplicateKeys::errors) report_duplicates(mapping, out_);
    return close();
  }
  bool append(const Item& node, SourcePos pos) {
    if (open_.empty()) {
      root_ = &node;
      return true;
    }
    Item& parent = *open_.back();
    parent.children.push_back(&node);
    parent.weight += node.weight;
    if (parent.weight <= nodes_max && nodes_.size() <= nodes_max) return true;
    return refuse(
        pos, "more than " + std::to_string(nodes_max) + " values, counting what aliases stand for");
  }
  bool refuse(SourcePos pos, std::string message, std::string hint = {}) {
    out_.error(pos, std::move(message), std::move(hint));
    return false;
  }

  std::deque<Item>& nodes_;
  Places& place_;
  Diagnostics& out_;
  DuplicateKeys duplicates_;
  std::vector<Item*> open_;
  std::map<std::string, Item*, std::less<>> anchors_;
  const Item* root_ = nullptr;
};

class Parser {
 public:
  explicit Parser(std::string_view text) {
    NW_CHECK(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { yaml_parser_delete(&parser_); }

  // False: this is not YAML (error()), or the builder refused.
  bool run(TreeBuilder& builder) {
    for (;;) {
      yaml_event_t event;
      if (yaml_parser_parse(&parser_, &event) != 1) {
        is_broken_ = true;
        return false;
      }
      const bool is_last = event.type == YAML_STREAM_END_EVENT;
      const bool goes_on = builder.take(event);
      yaml_event_delete(&event);
      if (is_last || !goes_on) return goes_on;
    }
  }
  bool is_broken() const { return is_broken_; }
  const yaml_parser_t& state() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  bool is_broken_ = false;
};

void report_syntax(const yaml_parser_t& parser, std::string_view text, Places& place,
                   Diagnostics& out) {
  const std::string_view problem = parser.problem == nullptr ? "" : parser.problem;
  const std::string_view context = parser.context == nullptr ? "" : parser.context;
  if (context == "while scanning a quoted scalar" && problem == "found unexpected end of stream") {
    out.error(place(parser.context_mark), "this quoted text is never closed");
    return;
  }
  const SourcePos pos = place(parser.problem_mark);
  std::string message = "this is not YAML: " + std::string(problem);
  if (!context.empty() && parser.context_mark.line != parser.problem_mark.line) {
    message += " " + std::string(context) + " that begins in line " +
               std::to_string(parser.context_mark.line + 1);
  }
  out.error(pos, std::move(message), syntax_hint(text, pos));
}

}  // namespace

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

const Item* Tree::parse(std::string_view text, Diagnostics& out, std::string hint_when_empty,
                        DuplicateKeys duplicates) {
  if (!check_characters(text, out)) return nullptr;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Places place(text);
  TreeBuilder builder(nodes_, place, out, duplicates);
  Parser parser(text);
  if (!parser.run(builder)) {
    if (parser.is_broken()) report_syntax(parser.state(), text, place, out);
    return nullptr;
  }
  if (builder.root() == nullptr || builder.root()->kind == ItemKind::null) {
    out.error({}, "the file is empty", std::move(hint_when_empty));
    return nullptr;
  }
  return builder.root();
}

}  // namespace nightwatt::yaml
