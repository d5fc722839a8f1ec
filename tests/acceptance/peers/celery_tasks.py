"""The task of the peer: one timer that fell due, one transaction. Runs in a Python that has Celery; see README.md."""

import os

import psycopg
from celery import Celery  # type: ignore[import-not-found]  # of the Python that it runs in

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=100, task_acks_late=False)
_connection = None


@app.task(name="timer")  # type: ignore[untyped-decorator]
def timer(number: int) -> None:
    """Read an attribute, branch, write the row of a message with a unique key, commit."""
    global _connection  # noqa: PLW0603  # one connection a worker process, as one would
    if _connection is None:
        _connection = psycopg.connect(os.environ["PEER_DATABASE"])
    with _connection.transaction(), _connection.cursor() as cursor:
        cursor.execute("SELECT plan FROM bench_attribute WHERE person = %s", (number,), prepare=True)
        row = cursor.fetchone()
        if row is not None and row[0] != "gold":
            cursor.execute(
                "INSERT INTO bench_sent (key, person, at) VALUES (%s, %s, now()) ON CONFLICT DO NOTHING",
                (f"{number}|write|1", number),
                prepare=True,
            )


if __name__ == "__main__":
    for each in range(1, int(os.environ["PEER_TASKS"]) + 1):
        timer.delay(each)
