"""Proof of work: the visitor's browser finds a number whose hash with the form's id begins with zero bits.

A form that a human sends costs a second of their phone once; ten thousand cost a bot's owner hours. The challenge is the
flow's own id, which is signed, and it is spent with the first step that passes.
"""

from hashlib import sha256


def solves(challenge: str, answer: str, bits: int) -> bool:
    """Whether SHA-256 of ``challenge:answer`` begins with so many zero bits."""
    if not answer.isdigit() or len(answer) > 12:
        return False
    digest = sha256(f"{challenge}:{answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0 if bits else True
