"""Backups in containers: with the clients of the server's own image, by themselves once a day, and the day one is needed."""

import json

import httpx

from tests.e2e.stack import Stack, docker, until_finished, uploaded


def test_backups_are_made_restored_and_compared_by_themselves(stack: Stack, http: httpx.Client) -> None:
    ids = uploaded(http)
    accepted = http.post("/v1/evaluate", json=ids, headers={"Idempotency-Key": "backed-up"})
    until_finished(http, accepted.json()["id"])
    with stack.backing_up():
        facts = json.loads(stack.until("SELECT facts FROM maintenance WHERE task = 'backup_verify'"))
        assert facts["key_found"] is True
        assert facts["rows"]["uploads"] >= 2
        metrics = dict(
            line.rsplit(" ", 1) for line in http.get("/metrics").text.splitlines() if line[0] != "#"
        )
        assert float(metrics["cveval_restored_backup_age_seconds"]) < 600
        assert float(metrics["cveval_backup_bytes"]) > 0
    container = stack.container("backup")
    assert container["State"]["ExitCode"] == 0
    said = [json.loads(line) for line in docker("logs", container["Id"]).stdout.splitlines()]
    assert [(line["command"], line["status"]) for line in said] == [("backup", 0), ("backup verify", 0)]
    assert stack.sql("SELECT datname FROM pg_database WHERE datname LIKE 'cveval_verify%'") == []


def test_a_lost_database_is_restored_from_its_backup(stack: Stack, http: httpx.Client) -> None:
    """As docs/how-to/back-up.md says, into a database beside the lost one, from the bucket, since the folder is lost, too."""
    job_id = http.post("/v1/evaluate", json=uploaded(http)).json()["id"]
    until_finished(http, job_id)

    def operator(*words: str) -> str:
        return stack.compose("run", "--rm", "--no-deps", "-T", *words).stdout

    name = json.loads(operator("-e", "CVEVAL_BACKUP_UPLOAD=true", "cveval", "backup", "--json"))["name"]
    operator("--entrypoint", "rm", "cveval", "--recursive", f"/backups/{name}")
    assert name not in operator("cveval", "backup", "list")
    assert f"/backups/{name}: " in operator("cveval", "backup", "fetch")
    assert name in operator("cveval", "backup", "list")
    stack.sql("CREATE DATABASE restored")
    try:
        url = "postgresql://cveval@postgres/restored"
        options = ("--clean", "--if-exists", "--no-owner", "--exit-on-error", "--jobs=4", f"--dbname={url}")
        operator("--entrypoint", "pg_restore", "cveval", *options, f"/backups/{name}/dump")
        given = ("-e", f"CVEVAL_DATABASE_URL={url}")
        operator(*given, "migrate")
        assert "made due" in operator(*given, "cveval", "after-restore")
        assert "attempt 1 completed" in operator(*given, "cveval", "why", job_id)
    finally:
        stack.sql("DROP DATABASE restored WITH (FORCE)")
