#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Publishes what dalicaptioner hears and sees to an MQTT broker, for home automation and the like.

    gst-launch-1.0 -q ... dalicaptioner json-location=/dev/stdout ... |
      publish_mqtt.py --host broker --topic dali/door --sound siren --sound 'dog=dog|bark'

    dali/door/state         "online", or "offline" once this program is gone; retained
    dali/door/caption       the text of each caption
    dali/door/window        each window as JSON: docs/schema/window-1.schema.json
    dali/door/heard/dog     "ON" while captions name it, else "OFF"; retained

A sound is named by words that begin so ("bark" is in "barking"). A window without an answer (dropped, failed, or
rejected) changes nothing. Debian's package for it is python3-paho-mqtt. The password is read from the variable
MQTT_PASSWORD. The exit status is 1 when anything was not delivered.
"""
import argparse
import json
import os
import re
import sys

import paho.mqtt.client as mqtt

from window_lines import Outbox, complain, windows


def parsed_arguments():
    parser = argparse.ArgumentParser(description="Publish captions and sounds to an MQTT broker.")
    parser.add_argument("--host", default="localhost", help="of the broker (default: localhost)")
    parser.add_argument("--port", type=int, help="of the broker (default: 1883; 8883 with --tls)")
    parser.add_argument("--tls", action="store_true", help="connect by TLS, with the system's certificates")
    parser.add_argument("--user", help="name to log in with; the password is in MQTT_PASSWORD")
    parser.add_argument("--topic", default="dali", help="what all topics begin with (default: dali)")
    parser.add_argument("--sound", action="append", default=[], metavar="NAME[=WORD|WORD...]",
                        help="a sound with a topic of its own (default: the word is its name)")
    arguments = parser.parse_args()
    for name in (arguments.topic, *(sound.partition("=")[0] for sound in arguments.sound)):
        if any(character in name for character in "#+"):
            parser.error(f"{name}: a topic to publish to has neither # nor +")
    if arguments.port is None:
        arguments.port = 8883 if arguments.tls else 1883
    return arguments


class Sounds:
    """Which of the sounds are heard."""

    def __init__(self, descriptions):
        self._patterns = {}
        self._heard = {}
        for description in descriptions:
            name, _, words = description.partition("=")
            alternatives = "|".join(re.escape(word.strip()) for word in (words or name).split("|"))
            self._patterns[name] = re.compile(rf"\b(?:{alternatives})", re.IGNORECASE)

    def changes(self, window):
        """The name and the state, ON or OFF, of each that this window changes; at first of all."""
        if window["outcome"] not in ("caption", "silence"):
            return
        text = window.get("text", "")
        for name, pattern in self._patterns.items():
            is_heard = pattern.search(text) is not None
            if self._heard.get(name) != is_heard:
                self._heard[name] = is_heard
                yield name, "ON" if is_heard else "OFF"


def new_client():
    try:
        return mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)  # paho 2
    except AttributeError:
        return mqtt.Client()


def main():
    arguments = parsed_arguments()
    client = new_client()
    broker = f"{arguments.host}:{arguments.port}"  # in messages
    state_topic = f"{arguments.topic}/state"
    client.will_set(state_topic, "offline", qos=1, retain=True)
    if arguments.user is not None:
        client.username_pw_set(arguments.user, os.environ.get("MQTT_PASSWORD"))
    if arguments.tls:
        client.tls_set()

    def on_connect(connected, *_):
        connected.publish(state_topic, "online", qos=1, retain=True)

    client.on_connect = on_connect
    try:
        client.connect(arguments.host, arguments.port)
    except OSError as error:
        complain(f"{broker}: {error}")
        return 1
    client.loop_start()  # which connects again by itself

    sent = None  # the message that is on its way, and what paho knows of it

    def deliver(message):
        nonlocal sent
        if not client.is_connected():
            raise OSError(f"{broker} is not connected")
        topic, payload, is_retained = message
        try:
            if sent is None or sent[0] is not message:
                sent = message, client.publish(topic, payload, qos=1, retain=is_retained)
            sent[1].wait_for_publish(timeout=30)
            if sent[1].is_published():
                return
        except (RuntimeError, ValueError) as error:
            sent = None
            raise OSError(f"{broker}: {error}") from error
        raise OSError(f"{broker} does not answer")

    outbox = Outbox(deliver)
    sounds = Sounds(arguments.sound)
    for window in windows(sys.stdin):
        outbox.put((f"{arguments.topic}/window", json.dumps(window, ensure_ascii=False), False))
        if window["outcome"] == "caption":
            outbox.put((f"{arguments.topic}/caption", window["text"], False))
        for name, state in sounds.changes(window):
            outbox.put((f"{arguments.topic}/heard/{name}", state, True))
    status = outbox.close()
    try:
        client.publish(state_topic, "offline", qos=1, retain=True).wait_for_publish(timeout=5)
    except (RuntimeError, ValueError):
        pass  # not connected: the broker has said so for us
    client.disconnect()
    client.loop_stop()
    return status


if __name__ == "__main__":
    sys.exit(main())
