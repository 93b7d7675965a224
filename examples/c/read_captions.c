/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Prints the captions of a media file as the element posts them: read_captions MEDIA
 *
 *     gcc read_captions.c -o read_captions $(pkg-config --cflags --libs gstreamer-1.0)
 */
#include <gst/gst.h>
#include <math.h>

static void print_caption(const GstStructure* caption) {
  guint64 start = 0, end = 0;
  gdouble mean_log_probability = 0.0;
  gst_structure_get_uint64(caption, "start", &start);
  gst_structure_get_uint64(caption, "end", &end);
  gst_structure_get_double(caption, "mean-log-probability", &mean_log_probability);
  g_print("%.3f %.3f %.2f %s\n", (double)start / GST_SECOND, (double)end / GST_SECOND,
          exp(mean_log_probability), gst_structure_get_string(caption, "text"));
}

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 2) {
    g_printerr("Usage: read_captions MEDIA\n");
    return 2;
  }
  GError* error = NULL;
  GstElement* pipeline = gst_parse_launch(
      "filesrc name=file ! decodebin name=media  media. ! captioner.audio_sink"
      "  media. ! captioner.video_sink  dalicaptioner name=captioner"
      "  captioner.text_src ! fakesink sync=false",
      &error);
  if (error != NULL) {
    g_printerr("%s\n", error->message);
    return 1;
  }
  GstElement* file = gst_bin_get_by_name(GST_BIN(pipeline), "file");
  g_object_set(file, "location", argv[1], NULL);
  gst_object_unref(file);

  GstBus* bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  int status = -1;
  while (status < 0) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ELEMENT | GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) status = 0;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      gst_message_parse_error(message, &error, NULL);
      g_printerr("%s: %s\n", argv[1], error->message);
      g_clear_error(&error);
      status = 1;
    }
    if (gst_message_has_name(message, "DaliCaptionMeta")) {
      print_caption(gst_message_get_structure(message));
    }
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  return status;
}
