"""The two caches of DAX: items by their key, and results of queries by their parameters.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.consistency.html
"""

import threading
import time

# The time to live is "0 = infinite".
# https://docs.aws.amazon.com/cli/latest/reference/dax/describe-parameters.html
INFINITE = 0


class Cache:
    """Answers by key, for their time to live, counted from when the table was asked. An answer may be that there is nothing.

    `time_to_live` returns the milliseconds. Nothing is evicted for want of memory.
    """

    def __init__(self, time_to_live):
        # By key: when it was last written, when the table was asked for the answer, and the answer as a tuple of one.
        self._time_to_live, self._entries, self._lock = time_to_live, {}, threading.Lock()

    def get(self, key):
        """The answer as a tuple of one, or None."""
        with self._lock:
            _written, asked, answer = self._entries.get(key, NOTHING)
        milliseconds = self._time_to_live()
        return answer if milliseconds == INFINITE or time.monotonic() - asked < milliseconds / 1000 else None

    def fill(self, key, answer, asked):
        """Keeps an answer of the table, unless the key was written since the table was asked, or a newer answer is here."""
        with self._lock:
            written, newest, _answer = self._entries.get(key, NOTHING)
            if max(written, newest) < asked:
                self._entries[key] = (written, asked, (answer,))

    def write(self, key, answer, asked):
        """Keeps what was written; `asked` is when the table was asked to write it."""
        with self._lock:
            self._entries[key] = (time.monotonic(), asked, (answer,))

    def remove(self, key):
        """The next one asks the table."""
        with self._lock:
            self._entries[key] = (time.monotonic(), 0, None)


NOTHING = (0, 0, None)
