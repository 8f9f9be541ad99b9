#include "shell/inputs.h"

#include <utility>

namespace moonbase::shell {

std::string Inputs::next_chunk() const { return "input " + std::to_string(next_); }

void Inputs::begin(std::string text) {
  put({.chunk = next_chunk(), .text = std::move(text), .number = next_});
}

void Inputs::end(bool failed, bool shown) {
  Entered& input = entries_.back();
  input.ended = true;
  input.failed = failed;
  input.shown = shown;
  ++next_;
}

void Inputs::keep_file(std::string chunk, std::string text) {
  put({.chunk = std::move(chunk), .text = std::move(text), .ended = true});
}

// The newest is kept, however long it is.
void Inputs::put(Entered entry) {
  std::erase_if(entries_, [&](const Entered& old) {
    if (old.chunk != entry.chunk) return false;
    bytes_ -= old.text.size();
    return true;
  });
  bytes_ += entry.text.size();
  entries_.push_back(std::move(entry));
  while (entries_.size() > 1 && (entries_.size() > kMaxEntries || bytes_ > kMaxBytes)) {
    bytes_ -= entries_.front().text.size();
    entries_.pop_front();
  }
}

std::string_view Inputs::find(std::string_view chunk) const {
  for (const Entered& entry : entries_) {
    if (entry.chunk == chunk) return entry.text;
  }
  return {};
}

std::vector<const Entered*> Inputs::entered() const {
  std::vector<const Entered*> inputs;
  for (const Entered& entry : entries_) {
    if (entry.number != 0 && entry.ended) inputs.push_back(&entry);
  }
  return inputs;
}

}  // namespace moonbase::shell
