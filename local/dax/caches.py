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
    """Answers by key, for their time to live. An answer may be that there is nothing.

    `time_to_live` returns the milliseconds. Nothing is evicted for want of memory.
    """

    def __init__(self, time_to_live):
        self._time_to_live, self._entries, self._lock = time_to_live, {}, threading.Lock()

    def get(self, key):
        """The answer as a tuple of one, or None."""
        with self._lock:
            stored, answer = self._entries.get(key, (0, None))
        milliseconds = self._time_to_live()
        fresh = milliseconds == INFINITE or time.monotonic() - stored < milliseconds / 1000
        return answer if fresh else None

    def fill(self, key, answer, asked):
        """Keeps an answer of the table, unless something was written since `asked`, when it was asked for."""
        with self._lock:
            if self._entries.get(key, (0, None))[0] < asked:
                self._entries[key] = (time.monotonic(), (answer,))

    def write(self, key, answer):
        """Keeps what was written."""
        with self._lock:
            self._entries[key] = (time.monotonic(), (answer,))

    def remove(self, key):
        """The next one asks the table."""
        with self._lock:
            self._entries[key] = (time.monotonic(), None)
