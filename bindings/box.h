// Userdata that carry C++ objects. A box is a header and a payload in one block of Lua's memory;
// the payload is a shared_ptr, a unique_ptr, a small value, a pointer or a struct of these. Its
// class is a ClassDef (class_def.h), which is also its type tag. Lua owns boxes and destroys the
// payload when it collects one: such a destructor must not throw, must not call Lua and must not
// run SQL. A payload needs no more than the 8 bytes of alignment Lua gives.
//
// To bind a type: struct SessionBox {…};  template <> const ClassDef& class_of<SessionBox>();  and
// a ClassDef whose `destroy` is kDestroy<SessionBox>. Then push_box and check_box do the rest.
#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

struct ClassDef;

inline constexpr uint32_t kBoxMagic = 0x6d6f6f6e;

struct Box {
  uint32_t magic;
  uint32_t
      dead;  // 1 once the payload is destroyed: another object's finalizer may still see the box
  const ClassDef* cls;

  void* payload() { return this + 1; }
};
static_assert(sizeof(Box) == 16);

// The class whose payload is T: specialised by the area that owns the class. One payload type, one
// class tree.
template <class T>
const ClassDef& class_of();

// The `destroy` of a ClassDef with payload T; null when there is nothing to do, and then boxes have
// no finalizer.
template <class T>
inline constexpr void (*kDestroy)(void*) noexcept = std::is_trivially_destructible_v<T>
                                                        ? nullptr
                                                        : +[](void* payload) noexcept {
                                                            static_cast<T*>(payload)->~T();
                                                          };

// --- low level ---

// Pushes a box with room for `size` payload bytes (not initialised) and the class's metatable. The
// class must be registered. The box counts as dead, and its finalizer does nothing, until the
// caller has constructed the payload and set `dead` to 0.
Box* new_box(lua_State* L, const ClassDef& cls, size_t size, int user_values = 0);
// The same with the metatable at `metatable`: for classes with one metatable for each model.
Box* new_box(lua_State* L, const ClassDef& cls, size_t size, int user_values, int metatable);
// The box at `index`, of whatever class, or null.
inline Box* to_box(lua_State* L, int index) {
  auto* box = static_cast<Box*>(lua_touserdata(L, index));
  if (box == nullptr || lua_rawlen(L, index) < sizeof(Box) || lua_islightuserdata(L, index))
    return nullptr;
  return box->magic == kBoxMagic ? box : nullptr;
}
// Of class `cls` or a class derived from it.
bool is_a(const Box& box, const ClassDef& cls);
// The payload of the box at `index` if it is a live one of class `cls`, else null.
void* test_payload(lua_State* L, int index, const ClassDef& cls);
// Throws base::Error(TypeError): "expected Session, got Query"; for argument 1 of a method called
// with a dot, the corrected call; or "the Session was collected".
[[noreturn]] void throw_box_mismatch(lua_State* L, int index, const ClassDef& expected);
// "Session" for a box, "nil", "string", … for anything else; "null" for db.null.
std::string type_name_of(lua_State* L, int index);

// --- typed ---

// Pushes a new box and returns its payload.
template <class T>
T& push_box(lua_State* L, T value, int user_values = 0) {
  static_assert(alignof(T) <= 8, "Lua aligns userdata to 8 bytes");
  static_assert(std::is_nothrow_move_constructible_v<T>);
  Box* box = new_box(L, class_of<T>(), sizeof(T), user_values);
  T* payload = new (box->payload()) T(std::move(value));
  box->dead = 0;
  return *payload;
}

// The payload, or null when the value at `index` is something else.
template <class T>
T* test_box(lua_State* L, int index) {
  const ClassDef& cls = class_of<T>();
  Box* box = to_box(L, index);
  if (box == nullptr) return nullptr;
  if (box->cls == &cls && box->dead == 0) return static_cast<T*>(box->payload());
  return static_cast<T*>(test_payload(L, index, cls));
}

// The payload; throws base::Error(TypeError) when the value at `index` is something else.
template <class T>
T& check_box(lua_State* L, int index) {
  const ClassDef& cls = class_of<T>();
  Box* box = to_box(L, index);
  if (box != nullptr && box->cls == &cls && box->dead == 0) return *static_cast<T*>(box->payload());
  void* payload = test_payload(L, index, cls);
  if (payload == nullptr) throw_box_mismatch(L, index, cls);
  return *static_cast<T*>(payload);
}

}  // namespace moonbase::bindings
