# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the programs that POST hand a message on, and which answers are worth another try."""
import http.client
import urllib.error
import urllib.request


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """Followed, a POST becomes a GET without the message, and looks delivered."""

    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(_NoRedirection)


def check_address(parser, address):
    if not address.startswith(("http://", "https://")):
        parser.error(f"{address}: neither http:// nor https://")


def post(receiver, address, body, headers):
    """Returns once the receiver, who has that name in messages, has taken it. Raises what an Outbox understands:
    OSError where another try may help, ValueError where none does."""
    try:
        with _OPENER.open(urllib.request.Request(address, body, headers), timeout=30):
            pass
    except urllib.error.HTTPError as error:
        if 300 <= error.code < 500 and error.code not in (408, 429):
            raise ValueError(f"{receiver}: {error.code} {error.reason}") from error
        raise
    except http.client.InvalidURL as error:
        raise ValueError(f"{receiver}: {error}") from error
    except http.client.HTTPException as error:  # an answer that is no HTTP
        raise OSError(f"{receiver}: {error!r}") from error
