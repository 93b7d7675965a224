// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gst-plugin/gst_handles.h"

namespace dali {

// When a property may be set, as gst-inspect-1.0 tells it.
enum class Mutability {
  kUnsaid,
  kReady,    // in NULL and READY
  kPlaying,  // in every state
  kNever,    // it is only read
};

// How a property is shown to people. The blurb is a sentence, or several.
struct PropertyTitle {
  const char* name;
  const char* nick;
  const char* blurb;
};

// Where a property's value is kept: a member of Settings, whose initialiser is the default.
template <typename Settings>
struct PropertyMember {
  std::function<GParamSpec*(const PropertyTitle&, GParamFlags)> specify;  // returns floating
  std::function<void(Settings&, const GValue*)> set;
  std::function<void(const Settings&, GValue*)> get;
};

template <typename Settings>
struct PropertyRow {
  PropertyTitle title;
  PropertyMember<Settings> member;
  Mutability mutability;
};

// The properties of an element that are kept in its Settings, one row each: the only place that
// knows them. GObject's numbers of them are first_id() and so on, in the order of the rows. Any
// thread may use a table; Settings are guarded by whoever has them.
template <typename Settings>
class PropertyTable {
 public:
  explicit PropertyTable(std::vector<PropertyRow<Settings>> rows, guint first_id = 1)
      : rows_(std::move(rows)), first_id_(first_id) {}

  void install(GObjectClass* object_class) const;
  guint end_id() const { return first_id_ + static_cast<guint>(rows_.size()); }

  // False for a property of another table.
  bool set(Settings& settings, guint id, const GValue* value) const;
  bool get(const Settings& settings, guint id, GValue* value) const;

  const std::vector<PropertyRow<Settings>>& rows() const { return rows_; }
  // Both null without such a row.
  const PropertyRow<Settings>* row(guint id) const {
    return id >= first_id_ && id < end_id() ? &rows_[id - first_id_] : nullptr;
  }
  const PropertyRow<Settings>* row(std::string_view name) const;

 private:
  std::vector<PropertyRow<Settings>> rows_;
  guint first_id_;
};

// A property that a bin shows of an element inside it, which keeps the value.
struct ShownProperty {
  const char* name_inside;
  const char* name = name_inside;
  std::optional<Mutability> mutability = {};  // nothing: the one inside
};

// Specifies them as the element's table does, the default included.
template <typename Settings>
void install_shown(GObjectClass* bin_class, const std::vector<ShownProperty>& shown,
                   const PropertyTable<Settings>& inside, guint first_id = 1);

// What the bin's set_property and get_property do. False for a property that is not among `shown`.
bool set_shown(const std::vector<ShownProperty>& shown, gpointer inside, const char* name,
               const GValue* value);
bool get_shown(const std::vector<ShownProperty>& shown, gpointer inside, const char* name,
               GValue* value);

// Registers an enumeration for properties. `values`, which end with nullptr, stay borrowed.
GType register_choices(const char* type_name, const GEnumValue* values);

GParamFlags flags_of(Mutability mutability);

// The kinds of values. Each says what GObject is told of a member; `initial` is its default.
namespace property {

struct TextKind {
  using Value = std::string;  // empty: none, which is NULL to GObject
  GParamSpec* specify(const PropertyTitle& title, const Value& initial, GParamFlags flags) const;
  static Value read(const GValue* value);
  static void write(GValue* value, const Value& text);
};

struct CountKind {
  using Value = guint;
  guint least;
  guint most;
  GParamSpec* specify(const PropertyTitle& title, Value initial, GParamFlags flags) const;
  static Value read(const GValue* value) { return g_value_get_uint(value); }
  static void write(GValue* value, Value count) { g_value_set_uint(value, count); }
};

struct LongCountKind {
  using Value = guint64;
  guint64 least;
  guint64 most;
  GParamSpec* specify(const PropertyTitle& title, Value initial, GParamFlags flags) const;
  static Value read(const GValue* value) { return g_value_get_uint64(value); }
  static void write(GValue* value, Value count) { g_value_set_uint64(value, count); }
};

struct RealKind {
  using Value = double;
  double least;
  double most;
  GParamSpec* specify(const PropertyTitle& title, Value initial, GParamFlags flags) const;
  static Value read(const GValue* value) { return g_value_get_double(value); }
  static void write(GValue* value, Value number) { g_value_set_double(value, number); }
};

struct FlagKind {
  using Value = bool;
  GParamSpec* specify(const PropertyTitle& title, Value initial, GParamFlags flags) const;
  static Value read(const GValue* value) { return g_value_get_boolean(value) != FALSE; }
  static void write(GValue* value, Value flag) { g_value_set_boolean(value, flag); }
};

struct ChoiceKind {
  using Value = int;
  GType type;
  GParamSpec* specify(const PropertyTitle& title, Value initial, GParamFlags flags) const;
  static Value read(const GValue* value) { return g_value_get_enum(value); }
  static void write(GValue* value, Value choice) { g_value_set_enum(value, choice); }
};

// A time that the user gives in milliseconds, kept in nanoseconds.
struct MillisecondsKind {
  using Value = std::int64_t;
  guint least_ms;
  guint most_ms;
  GParamSpec* specify(const PropertyTitle& title, Value initial, GParamFlags flags) const;
  static Value read(const GValue* value);
  static void write(GValue* value, Value time_ns);
};

struct StructureKind {
  using Value = StructureHandle;
  GParamSpec* specify(const PropertyTitle& title, const Value& initial, GParamFlags flags) const;
  static Value read(const GValue* value);
  static void write(GValue* value, const Value& structure);
};

template <typename Settings, typename Kept, typename Kind>
PropertyMember<Settings> member(Kept Settings::*place, Kind kind) {
  using Value = typename Kind::Value;
  constexpr bool is_same = std::is_same_v<Kept, Value>;
  using Written = std::conditional_t<is_same, const Value&, Value>;
  return {
      .specify =
          [place, kind](const PropertyTitle& title, GParamFlags flags) {
            const Settings defaults;
            return kind.specify(title, static_cast<Written>(defaults.*place), flags);
          },
      .set = [place](
                 Settings& settings,
                 const GValue* value) { settings.*place = static_cast<Kept>(Kind::read(value)); },
      .get = [place](const Settings& settings,
                     GValue* value) { Kind::write(value, static_cast<Written>(settings.*place)); },
  };
}

template <typename Settings>
PropertyMember<Settings> text(std::string Settings::*place) {
  return member(place, TextKind());
}

template <typename Settings>
PropertyMember<Settings> count(guint Settings::*place, guint least, guint most) {
  return member(place, CountKind{.least = least, .most = most});
}

template <typename Settings>
PropertyMember<Settings> count(int Settings::*place, guint least, guint most) {
  return member(place, CountKind{.least = least, .most = most});
}

template <typename Settings>
PropertyMember<Settings> long_count(guint64 Settings::*place, guint64 least, guint64 most) {
  return member(place, LongCountKind{.least = least, .most = most});
}

template <typename Settings>
PropertyMember<Settings> real(double Settings::*place, double least, double most) {
  return member(place, RealKind{.least = least, .most = most});
}

template <typename Settings>
PropertyMember<Settings> flag(bool Settings::*place) {
  return member(place, FlagKind());
}

template <typename Settings, typename Choice>
PropertyMember<Settings> choice(Choice Settings::*place, GType type) {
  return member(place, ChoiceKind{.type = type});
}

template <typename Settings>
PropertyMember<Settings> milliseconds(std::int64_t Settings::*place, guint least_ms,
                                      guint most_ms) {
  return member(place, MillisecondsKind{.least_ms = least_ms, .most_ms = most_ms});
}

template <typename Settings>
PropertyMember<Settings> structure(StructureHandle Settings::*place) {
  return member(place, StructureKind());
}

}  // namespace property

template <typename Settings>
void PropertyTable<Settings>::install(GObjectClass* object_class) const {
  guint id = first_id_;
  for (const PropertyRow<Settings>& row : rows_) {
    g_object_class_install_property(object_class, id++,
                                    row.member.specify(row.title, flags_of(row.mutability)));
  }
}

template <typename Settings>
bool PropertyTable<Settings>::set(Settings& settings, guint id, const GValue* value) const {
  const PropertyRow<Settings>* found = row(id);
  if (found) found->member.set(settings, value);
  return found != nullptr;
}

template <typename Settings>
bool PropertyTable<Settings>::get(const Settings& settings, guint id, GValue* value) const {
  const PropertyRow<Settings>* found = row(id);
  if (found) found->member.get(settings, value);
  return found != nullptr;
}

template <typename Settings>
const PropertyRow<Settings>* PropertyTable<Settings>::row(std::string_view name) const {
  for (const PropertyRow<Settings>& row : rows_) {
    if (row.title.name == name) return &row;
  }
  return nullptr;
}

template <typename Settings>
void install_shown(GObjectClass* bin_class, const std::vector<ShownProperty>& shown,
                   const PropertyTable<Settings>& inside, guint first_id) {
  for (const ShownProperty& property : shown) {
    const PropertyRow<Settings>* row = inside.row(property.name_inside);
    g_return_if_fail(row != nullptr);
    PropertyTitle title = row->title;
    title.name = property.name;
    g_object_class_install_property(
        bin_class, first_id++,
        row->member.specify(title, flags_of(property.mutability.value_or(row->mutability))));
  }
}

}  // namespace dali
