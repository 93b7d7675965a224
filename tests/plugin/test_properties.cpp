// SPDX-License-Identifier: LGPL-2.1-or-later
// What gst-inspect-1.0 says of the elements' own properties, and whether it is true.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include "gst-plugin/elements.h"
#include "tests/support/check_suite.h"

namespace {

constexpr const char* kElements[] = {"dalicaptioner", "dalitranscriber", "dalitextshape",
                                     "dalicea608enc", "dalicea708enc",   "dalittmlenc",
                                     "dalidescriber", "dalisubtitlebin", "dalihlssink"};

std::shared_ptr<GstElement> new_element(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  ck_assert_msg(element != nullptr, "%s", factory);
  gst_object_ref_sink(element);
  return {element, [](GstElement* done) { gst_object_unref(done); }};
}

// Those that the element's class adds to what every element or bin has; borrowed from the class.
std::vector<GParamSpec*> own_properties(GstElement* element) {
  guint count = 0;
  g_autofree GParamSpec** all = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
  std::vector<GParamSpec*> own(all, all + count);
  std::erase_if(
      own, [&](const auto* property) { return property->owner_type != G_OBJECT_TYPE(element); });
  ck_assert(!own.empty());
  return own;
}

// Calls `check` with an element and each of its properties.
template <typename Check>
void for_every_property(Check check) {
  for (const char* factory : kElements) {
    const auto element = new_element(factory);
    for (GParamSpec* property : own_properties(element.get())) check(element.get(), property);
  }
}

std::string path(GstElement* element, const GParamSpec* property) {
  return std::string(G_OBJECT_TYPE_NAME(element)) + "." + property->name;
}

// A value of a property's type.
class PropertyValue {
 public:
  explicit PropertyValue(const GParamSpec* property) : name_(property->name) {
    g_value_init(&value_, property->value_type);
  }
  ~PropertyValue() { g_value_unset(&value_); }
  PropertyValue(const PropertyValue&) = delete;
  PropertyValue& operator=(const PropertyValue&) = delete;

  GValue* get() { return &value_; }
  void read_from(GstElement* element) { g_object_get_property(G_OBJECT(element), name_, &value_); }
  void write_to(GstElement* element) { g_object_set_property(G_OBJECT(element), name_, &value_); }

 private:
  const char* name_;
  GValue value_ = G_VALUE_INIT;
};

void assert_kept(GstElement* element, GParamSpec* property, PropertyValue& given) {
  given.write_to(element);
  PropertyValue kept(property);
  kept.read_from(element);
  ck_assert_msg(g_param_values_cmp(property, given.get(), kept.get()) == 0, "%s",
                path(element, property).c_str());
}

// The least and the most of a number, every choice of several, both answers, a word and none.
void assert_all_kinds_are_kept(GstElement* element, GParamSpec* property) {
  PropertyValue value(property);
  if (G_IS_PARAM_SPEC_UINT(property)) {
    const auto* range = G_PARAM_SPEC_UINT(property);
    for (const guint number : {range->minimum, range->maximum}) {
      g_value_set_uint(value.get(), number);
      assert_kept(element, property, value);
    }
  } else if (G_IS_PARAM_SPEC_UINT64(property)) {
    const auto* range = G_PARAM_SPEC_UINT64(property);
    for (const guint64 number : {range->minimum, range->maximum}) {
      g_value_set_uint64(value.get(), number);
      assert_kept(element, property, value);
    }
  } else if (G_IS_PARAM_SPEC_DOUBLE(property)) {
    const auto* range = G_PARAM_SPEC_DOUBLE(property);
    for (const double number : {range->minimum, range->maximum}) {
      g_value_set_double(value.get(), number);
      assert_kept(element, property, value);
    }
  } else if (G_IS_PARAM_SPEC_BOOLEAN(property)) {
    for (const bool answer : {true, false}) {
      g_value_set_boolean(value.get(), answer);
      assert_kept(element, property, value);
    }
  } else if (G_IS_PARAM_SPEC_ENUM(property)) {
    const GEnumClass* choices = G_PARAM_SPEC_ENUM(property)->enum_class;
    for (guint choice = 0; choice < choices->n_values; ++choice) {
      g_value_set_enum(value.get(), choices->values[choice].value);
      assert_kept(element, property, value);
    }
  } else {
    ck_assert_msg(G_IS_PARAM_SPEC_STRING(property), "%s is of a kind that is not tested",
                  path(element, property).c_str());
    for (const char* text : {"some text", static_cast<const char*>(nullptr)}) {
      g_value_set_string(value.get(), text);
      assert_kept(element, property, value);
    }
  }
}

bool is_sentences(const std::string& blurb) {
  if (blurb.size() < 10 || !std::isupper(static_cast<unsigned char>(blurb.front()))) return false;
  return blurb.ends_with('.') && blurb.find("..") == std::string::npos && !blurb.starts_with("Of ");
}

// The least, the most and the default of a property, for comparing; empty of other kinds.
std::string range_of(GParamSpec* property) {
  std::string text = G_PARAM_SPEC_TYPE_NAME(property);
  if (G_IS_PARAM_SPEC_UINT(property)) {
    const auto* range = G_PARAM_SPEC_UINT(property);
    text += " " + std::to_string(range->minimum) + "-" + std::to_string(range->maximum);
  }
  g_autofree gchar* initial = g_strdup_value_contents(g_param_spec_get_default_value(property));
  return text + " " + initial;
}

}  // namespace

START_TEST(every_blurb_is_plain_sentences) {
  for_every_property([](GstElement* element, GParamSpec* property) {
    const gchar* blurb = g_param_spec_get_blurb(property);
    ck_assert_msg(blurb && is_sentences(blurb), "%s: %s", path(element, property).c_str(), blurb);
  });
}
END_TEST

START_TEST(every_element_begins_with_the_defaults_that_it_tells) {
  for_every_property([](GstElement* element, GParamSpec* property) {
    if (property->value_type == GST_TYPE_STRUCTURE) return;  // of a measurement, which has none
    PropertyValue value(property);
    value.read_from(element);
    ck_assert_msg(g_param_value_defaults(property, value.get()), "%s",
                  path(element, property).c_str());
  });
}
END_TEST

START_TEST(every_property_keeps_the_ends_of_its_range) {
  for_every_property([](GstElement* element, GParamSpec* property) {
    if ((property->flags & G_PARAM_WRITABLE) != 0) assert_all_kinds_are_kept(element, property);
  });
}
END_TEST

// Whatever a bin shows of a captioner is told there as here.
START_TEST(a_bin_tells_of_the_captioner_inside_what_that_tells) {
  const auto captioner = new_element("dalicaptioner");
  int shown = 0;
  for (const char* factory : {"dalitranscriber", "dalisubtitlebin"}) {
    const auto bin = new_element(factory);
    for (GParamSpec* property : own_properties(bin.get())) {
      const std::string name = property->name;
      GParamSpec* inside = g_object_class_find_property(
          G_OBJECT_GET_CLASS(captioner.get()), name == "language-code" ? "language" : name.c_str());
      // dalisubtitlebin has a mode of its own.
      if (!inside || inside->value_type != property->value_type) continue;
      ++shown;
      ck_assert_msg(range_of(property) == range_of(inside), "%s",
                    path(bin.get(), property).c_str());
      ck_assert_str_eq(g_param_spec_get_blurb(property), g_param_spec_get_blurb(inside));
    }
  }
  ck_assert_int_eq(shown, 15);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* tcase = tcase_create("properties");
  tcase_add_test(tcase, every_blurb_is_plain_sentences);
  tcase_add_test(tcase, every_element_begins_with_the_defaults_that_it_tells);
  tcase_add_test(tcase, every_property_keeps_the_ends_of_its_range);
  tcase_add_test(tcase, a_bin_tells_of_the_captioner_inside_what_that_tells);
  Suite* suite = suite_create("properties");
  suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
