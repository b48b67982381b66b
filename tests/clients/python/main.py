"""Signs in, uploads a package in pieces, polls the job, downloads the package and compares the bytes."""

import io
import os
import sys
import time
from pathlib import Path
from uuid import UUID

from installhub_client import AuthenticatedClient, Client
from installhub_client.api.auth import get_session, sign_in, sign_out
from installhub_client.api.jobs import get_job
from installhub_client.api.packages import download_package, get_package_version, list_packages
from installhub_client.api.tokens import create_token, revoke_token
from installhub_client.api.uploads import append_to_upload, begin_upload, complete_upload, get_upload
from installhub_client.models import Error, NewToken, NewUpload, SignIn
from installhub_client.types import File

PATIENCE = 60.0


def expect(answer):
    """The answer, if it is one of success."""
    if answer is None or isinstance(answer, Error):
        sys.exit(f"refused: {answer}")
    return answer


def signed_in(base_url: str) -> tuple[AuthenticatedClient, UUID]:
    """A client with a token of its own, made in a session that has ended by then."""
    browser = Client(base_url=base_url, raise_on_unexpected_status=True)
    credentials = SignIn(email=os.environ["EMAIL"], password=os.environ["PASSWORD"])
    session = expect(sign_in.sync(client=browser, body=credentials))
    browser.with_headers({"X-CSRF-Token": session.csrf_token})
    issued = expect(create_token.sync(client=browser, body=NewToken(name="python client")))
    ended = sign_out.sync_detailed(client=browser)
    assert ended.status_code == 204, ended
    client = AuthenticatedClient(base_url=base_url, token=issued.secret, raise_on_unexpected_status=True, follow_redirects=True)
    return client, issued.token.id


def upload(client: AuthenticatedClient, content: bytes) -> dict:
    """What came of the upload, which goes in two pieces."""
    begun = expect(begin_upload.sync(client=client, body=NewUpload(bytes_=len(content))))
    middle = len(content) // 2
    for start, end in ((0, middle), (middle, len(content))):
        piece = File(payload=io.BytesIO(content[start:end]))
        state = expect(append_to_upload.sync(begun.id, client=client, body=piece, upload_offset=start))
        assert state.offset == end, state
    assert expect(get_upload.sync(begun.id, client=client)).offset == len(content)
    job = expect(complete_upload.sync(begun.id, client=client))
    deadline = time.monotonic() + PATIENCE
    while job.state in ("queued", "running"):
        assert time.monotonic() < deadline, f"the job does not end: {job}"
        time.sleep(0.05)
        job = expect(get_job.sync(job.id, client=client))
    assert job.state == "succeeded", job
    return job.result


def main() -> None:
    content = Path(os.environ["PACKAGE"]).read_bytes()
    client, token = signed_in(os.environ["BASE_URL"])
    assert expect(get_session.sync(client=client)).actor_kind == "token"
    result = upload(client, content)
    version = expect(get_package_version.sync(UUID(result["packageVersionId"]), client=client))
    assert version.bytes_ == len(content), version
    packages = expect(list_packages.sync(client=client, name=version.name))
    assert version.package_id in [package.id for package in packages.items], packages
    file = expect(download_package.sync(version.id, client=client))
    assert file.payload.read() == content, "other bytes came back"
    assert revoke_token.sync_detailed(token, client=client).status_code == 204
    print(f"python: {version.name} {version.version}, {len(content)} bytes there and back")


main()
