#include "orm/expr/seal.h"

#include "orm/expr/statement.h"

namespace moonbase::expr {

namespace {

// Everything about an element that is one number.
uint64_t header(const Element& e) {
  return static_cast<uint64_t>(e.kind) | static_cast<uint64_t>(e.op) << 8 |
         static_cast<uint64_t>(e.flags) << 16 | static_cast<uint64_t>(e.partition_count) << 32;
}

void mix_column(Hash128& h, const Element& e) {
  if (e.from) h.mix(e.from->hash);
  const schema::Column& c = *e.column;
  if (c.table == nullptr || c.position < 0) {
    h.mix(c.name);
    h.mix(c.type->cache_token());
    return;
  }
  // The table's uid stands for the column's name, key and type.
  h.mix(c.table->uid());
  h.mix(static_cast<uint64_t>(c.position));
}

void mix_children(Hash128& h, Element& e) {
  h.mix(e.args.size());
  for (const ElementPtr& arg : e.args) {
    h.mix(arg->hash);
    e.bind_count += arg->bind_count;
    e.flags = static_cast<uint16_t>(e.flags | (arg->flags & kHasCtes));
  }
  for (const std::string& part : e.text_parts) h.mix(part);
  if (e.from) h.mix(e.from->hash);
  if (e.select) {
    h.mix(e.select->hash);
    e.bind_count += e.select->bind_count;
    if (e.select->has_ctes) e.flags |= kHasCtes;
  }
}

void mix_types(Hash128& h, const std::vector<types::TypePtr>& types) {
  for (const types::TypePtr& type : types) h.mix(type->cache_token());
}

}  // namespace

ElementPtr seal(std::shared_ptr<Element> e) {
  Hash128 h;
  h.mix(header(*e));
  e->bind_count = e->kind == Kind::kBind ? 1 : 0;
  if (e->column) {
    mix_column(h, *e);
  } else {
    h.mix(e->type->cache_token());
    h.mix(e->name);
    mix_children(h, *e);
  }
  e->hash = h;
  return e;
}

ElementPtr with_args(const Element& e, std::vector<ElementPtr> args) {
  auto copy = std::make_shared<Element>(e);
  copy->args = std::move(args);
  copy->flags &= static_cast<uint16_t>(~kHasCtes);
  return seal(std::move(copy));
}

FromPtr seal(std::shared_ptr<From> f) {
  Hash128 h;
  h.mix(static_cast<uint64_t>(f->kind) | static_cast<uint64_t>(f->join_kind) << 8 |
        static_cast<uint64_t>(f->lateral) << 16 | static_cast<uint64_t>(f->recursive) << 17 |
        static_cast<uint64_t>(f->anonymous) << 18 | static_cast<uint64_t>(f->nesting) << 19);
  h.mix(f->id);
  h.mix(f->name);
  f->has_ctes = f->kind == FromKind::kCte;
  auto add = [&](const auto& part, bool has_ctes) {
    h.mix(part->hash);
    f->bind_count += part->bind_count;
    f->has_ctes |= has_ctes;
  };
  if (f->left) add(f->left, f->left->has_ctes);
  if (f->right) add(f->right, f->right->has_ctes);
  if (f->on) add(f->on, (f->on->flags & kHasCtes) != 0);
  if (f->select) add(f->select, f->select->has_ctes);
  if (f->function) add(f->function, (f->function->flags & kHasCtes) != 0);
  for (const std::string& name : f->column_names) h.mix(name);
  mix_types(h, f->column_types);
  h.mix(f->rows.size());
  for (const auto& row : f->rows) {
    for (const ElementPtr& item : row) add(item, (item->flags & kHasCtes) != 0);
  }
  if (f->kind == FromKind::kCte) f->bind_count = 0;
  if (f->kind == FromKind::kJoin) f->id = h.lo;
  f->hash = h;
  return f;
}

}  // namespace moonbase::expr
