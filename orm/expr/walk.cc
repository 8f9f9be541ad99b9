// Walks over element trees. They keep their own stack: a sum of 100,000 terms is a tree of that
// depth.
#include <algorithm>

#include "orm/expr/node.h"
#include "orm/expr/seal.h"

namespace moonbase::expr {

namespace {

template <class F>
void walk(const Element& root, F&& f) {
  if (root.args.empty()) return f(root);
  constexpr size_t kUsual = 16;
  std::vector<const Element*> stack;
  stack.reserve(kUsual);
  stack.push_back(&root);
  while (!stack.empty()) {
    const Element* e = stack.back();
    stack.pop_back();
    f(*e);
    for (auto arg = e->args.rbegin(); arg != e->args.rend(); ++arg) stack.push_back(arg->get());
  }
}

// One element being transformed: those of its children that are done, kept apart only once one of
// them changed.
struct Frame {
  const ElementPtr* e;
  size_t done = 0;
  bool changed = false;
  std::vector<ElementPtr> args;
};

ElementPtr rebuilt(Frame& frame, const std::function<ElementPtr(const ElementPtr&)>& map) {
  ElementPtr e = frame.changed ? with_args(**frame.e, std::move(frame.args)) : *frame.e;
  ElementPtr mapped = map(e);
  return mapped ? mapped : e;
}

}  // namespace

void visit(const ElementPtr& e, const std::function<void(const Element&)>& f) { walk(*e, f); }

ElementPtr transform(const ElementPtr& e, const std::function<ElementPtr(const ElementPtr&)>& map) {
  std::vector<Frame> stack;
  stack.push_back({&e, 0, false, {}});
  while (true) {
    Frame& top = stack.back();
    if (top.done < (*top.e)->args.size()) {
      const ElementPtr* child = &(*top.e)->args[top.done];
      stack.push_back({child, 0, false, {}});
      continue;
    }
    ElementPtr result = rebuilt(top, map);
    stack.pop_back();
    if (stack.empty()) return result;
    Frame& parent = stack.back();
    const auto& originals = (*parent.e)->args;
    if (!parent.changed && result != originals[parent.done]) {
      parent.changed = true;
      parent.args.assign(originals.begin(),
                         originals.begin() + static_cast<ptrdiff_t>(parent.done));
      parent.args.reserve(originals.size());
    }
    if (parent.changed) parent.args.push_back(std::move(result));
    ++parent.done;
  }
}

void collect_froms(const ElementPtr& e, std::vector<FromPtr>& out) {
  walk(*e, [&out](const Element& x) {
    if (!x.from) return;
    const auto same = [&x](const FromPtr& f) { return f->id == x.from->id; };
    if (std::ranges::none_of(out, same)) out.push_back(x.from);
  });
}

}  // namespace moonbase::expr
