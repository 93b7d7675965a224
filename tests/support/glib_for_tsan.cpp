// SPDX-License-Identifier: LGPL-2.1-or-later
// What ThreadSanitizer cannot see by itself: GLib's mutexes are futexes and its reference counts
// atomics inside libraries that are not instrumented. Linked into a program with its symbols
// exported, these stand before GLib's own and tell the sanitizer what they order. Run with
// TSAN_OPTIONS=ignore_noninstrumented_modules=1.
#include <dlfcn.h>
#include <glib-object.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

#include <memory>

namespace {

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// A call that GLib's thread pool makes: its queue orders what came before with what comes in it.
struct AsyncCall {
  GstElementCallAsyncFunc function;
  gpointer data;
  GDestroyNotify free;
};

void make_call(GstElement* element, gpointer data) {
  const auto* call = static_cast<AsyncCall*>(data);
  __tsan_acquire(data);
  call->function(element, call->data);
  __tsan_release(data);
}

void free_call(gpointer data) {
  __tsan_acquire(data);
  const std::unique_ptr<AsyncCall> call(static_cast<AsyncCall*>(data));
  if (call->free != nullptr) call->free(call->data);
}

}  // namespace

extern "C" {

void gst_element_call_async(GstElement* element, GstElementCallAsyncFunc function, gpointer data,
                            GDestroyNotify free) {
  static auto* const real =
      next<void(GstElement*, GstElementCallAsyncFunc, gpointer, GDestroyNotify)>(
          "gst_element_call_async");
  auto* call = new AsyncCall{.function = function, .data = data, .free = free};
  __tsan_release(call);
  real(element, make_call, call, free_call);
}

void g_mutex_lock(GMutex* mutex) {
  static auto* const real = next<void(GMutex*)>("g_mutex_lock");
  real(mutex);
  __tsan_acquire(mutex);
}

gboolean g_mutex_trylock(GMutex* mutex) {
  static auto* const real = next<gboolean(GMutex*)>("g_mutex_trylock");
  const gboolean is_locked = real(mutex);
  if (is_locked) __tsan_acquire(mutex);
  return is_locked;
}

void g_mutex_unlock(GMutex* mutex) {
  static auto* const real = next<void(GMutex*)>("g_mutex_unlock");
  __tsan_release(mutex);
  real(mutex);
}

void g_cond_wait(GCond* condition, GMutex* mutex) {
  static auto* const real = next<void(GCond*, GMutex*)>("g_cond_wait");
  __tsan_release(mutex);
  real(condition, mutex);
  __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond* condition, GMutex* mutex, gint64 end_time) {
  static auto* const real = next<gboolean(GCond*, GMutex*, gint64)>("g_cond_wait_until");
  __tsan_release(mutex);
  const gboolean is_signalled = real(condition, mutex, end_time);
  __tsan_acquire(mutex);
  return is_signalled;
}

// Whoever drops the last reference finalizes what the others have written.
void g_object_unref(gpointer object) {
  static auto* const real = next<void(gpointer)>("g_object_unref");
  __tsan_release(object);
  __tsan_acquire(object);
  real(object);
}

void gst_object_unref(gpointer object) {
  static auto* const real = next<void(gpointer)>("gst_object_unref");
  __tsan_release(object);
  __tsan_acquire(object);
  real(object);
}

void gst_mini_object_unref(GstMiniObject* object) {
  static auto* const real = next<void(GstMiniObject*)>("gst_mini_object_unref");
  __tsan_release(object);
  __tsan_acquire(object);
  real(object);
}

}  // extern "C"
