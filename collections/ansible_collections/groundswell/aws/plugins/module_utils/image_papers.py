# SPDX-License-Identifier: GPL-3.0-or-later
"""The papers of published images: what was signed of an image, and whether that holds.

What is signed is a statement: the image's name, its id in every region, and the hash of each paper. Ids are never used again and what an
image consists of never changes, so whoever has the statement needs to trust neither tags nor the bucket.
"""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

from .compare import tags_to_dict
from .resource import Item, Problem, Session
from .retries import error_code

PAPERS = ("manifest.json", "sbom.spdx.json", "tests.json")
SIGNATURE = "signature.json"
ALGORITHM = "ECDSA_SHA_256"  # of a key of spec ECC_NIST_P256


class Papers:
    """The papers of a project's images.

    :param project: what images, bucket and key are called.
    :param home: the region that images are made in; an image whose tags can be seen says so itself.
    """

    def __init__(self, session: Session, project: str, home: str) -> None:
        self.session, self.project, self.home = session, project, home

    # Reading ------------------------------------------------------------------------------------------------------------

    def judge(self, image: Item) -> tuple[Item, list[str]]:
        """(the manifest, what is wrong with the papers) of an image as EC2 describes it in the session's region."""
        tags = tags_to_dict(image.get("Tags"))
        folder = Folder(self, image["Name"], image["OwnerId"], tags.get("Home") or self.home)
        try:
            statement = folder.statement()
            text = folder.read(PAPERS[0])
        except Problem as problem:
            return {}, [str(problem)]
        wrong = []
        if statement["name"] != image["Name"] or statement["images"].get(self.session.region) != image["ImageId"]:
            wrong.append(f"{folder.url(SIGNATURE)} was not signed for {image['ImageId']}: publish the image again, or it is not the one that was tested")
        hashed = hashlib.sha256(text).hexdigest()
        if hashed != statement["papers"].get(PAPERS[0]) or tags.get("Manifest", hashed) != hashed:
            wrong.append(f"{folder.url(PAPERS[0])} is not the manifest that the image was published with")
        return json.loads(text) if not wrong else {}, wrong

    # Writing ------------------------------------------------------------------------------------------------------------

    def sign(self, name: str, images: dict[str, str]) -> bool:
        """Sign what an image is called, where it is, and its papers as they lie there; whether that had to be done."""
        folder = Folder(self, name, self.session.account, self.home)
        try:
            papers = {paper: hashlib.sha256(folder.read(paper)).hexdigest() for paper in PAPERS}
        except Problem:
            if self.session.check_mode:
                return True
            raise
        before: Item = {}
        if folder.has_signature():
            before = folder.statement()
            if before["papers"] != papers:
                changed = [paper for paper in PAPERS if before["papers"].get(paper) != papers[paper]]
                raise Problem(f"{', '.join(folder.url(paper) for paper in changed)}: not what was signed when the image was published")
        statement = {"name": name, "images": {**before.get("images", {}), **images}, "papers": papers}
        if statement == before:
            return False
        if not self.session.check_mode:
            folder.sign(json.dumps(statement, sort_keys=True))
        return True


class Folder:
    """Where the papers of one image lie."""

    def __init__(self, papers: Papers, name: str, owner: str, home: str) -> None:
        session = papers.session
        self.name, self.owner = name, owner
        self.bucket = f"{papers.project}-images-{owner}-{home}"
        # By its name and nothing that a paper says: who could change papers would name a key of their own.
        self.key = f"arn:{session.partition}:kms:{home}:{owner}:alias/{papers.project}-image-signing"
        self._s3, self._kms = session.client("s3", region=home), session.client("kms", region=home)

    def url(self, paper: str) -> str:
        """For messages."""
        return f"s3://{self.bucket}/{self.name}/{paper}"

    def _where(self, paper: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.name}/{paper}", "ExpectedBucketOwner": self.owner}

    def read(self, paper: str) -> bytes:
        """One paper."""
        try:
            return t.cast(bytes, self._s3.get_object(**self._where(paper))["Body"].read())
        except botocore.exceptions.ClientError as error:
            raise Problem(f"{self.url(paper)} cannot be read ({error_code(error)}): nobody published the image, or its account does not let you") from error

    def has_signature(self) -> bool:
        """Whether the image was signed before."""
        found = self._s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.name}/{SIGNATURE}", ExpectedBucketOwner=self.owner)
        return bool(found.get("Contents"))

    def statement(self) -> Item:
        """What was signed, when the signature holds."""
        text = self.read(SIGNATURE)
        try:
            document = json.loads(text)
            statement, signature = document["statement"].encode(), base64.b64decode(document["signature"])
            self._kms.verify(KeyId=self.key, Message=statement, Signature=signature, SigningAlgorithm=ALGORITHM)
            return t.cast(Item, json.loads(statement))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Problem(f"{self.url(SIGNATURE)} is no signature") from error
        except botocore.exceptions.ClientError as error:
            if error_code(error) == "KMSInvalidSignatureException":
                raise Problem(f"{self.url(SIGNATURE)} was not signed with {self.key}") from error
            raise Problem(f"{self.url(SIGNATURE)} cannot be verified with {self.key}: {error}") from error

    def sign(self, statement: str) -> None:
        """Sign it and keep it."""
        signature = self._kms.sign(KeyId=self.key, Message=statement.encode(), SigningAlgorithm=ALGORITHM)["Signature"]
        document = {"statement": statement, "signature": base64.b64encode(signature).decode(), "signing_algorithm": ALGORITHM, "key": self.key}
        body = json.dumps(document, indent=2) + "\n"
        self._s3.put_object(**self._where(SIGNATURE), Body=body.encode(), ContentType="application/json")
