// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib-object.h>

#include <memory>
#include <utility>

namespace dali {

struct ObjectUnref {
  void operator()(gpointer object) const { g_object_unref(object); }
};

// A reference of our own to an object of GLib's.
template <typename Type>
using ObjectHandle = std::unique_ptr<Type, ObjectUnref>;

template <typename Type>
ObjectHandle<Type> new_reference(Type* object) {
  return ObjectHandle<Type>(static_cast<Type*>(g_object_ref(object)));
}

// A source of the main loop, or none. Removed when this goes; a callback that answers
// G_SOURCE_REMOVE calls forget() first.
class LoopSource {
 public:
  LoopSource() = default;
  explicit LoopSource(guint id) : id_(id) {}
  LoopSource(LoopSource&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  LoopSource& operator=(LoopSource&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~LoopSource() {
    if (id_ != 0) g_source_remove(id_);
  }

  void forget() { id_ = 0; }
  bool is_there() const { return id_ != 0; }

 private:
  guint id_ = 0;
};

}  // namespace dali
