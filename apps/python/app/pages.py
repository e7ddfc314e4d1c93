# SPDX-License-Identifier: GPL-3.0-or-later
"""What visitors ask for."""

from urllib.parse import urlsplit

from flask import Flask, Response, redirect, render_template, request, session
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cache, database, entries, health, uploads
from app.settings import SETTINGS

application = Flask(__name__, static_url_path="")
# What the load balancer before us says about the visitor; nobody else can reach this server.
application.wsgi_app = ProxyFix(application.wsgi_app, x_for=1, x_proto=1, x_host=0)
application.config.update(MAX_CONTENT_LENGTH=64 * 1024, SEND_FILE_MAX_AGE_DEFAULT=86400, SECURE=lambda: request.is_secure)
application.session_interface = cache.Sessions()
application.teardown_appcontext(database.close)


def from_here() -> bool:
    """Forms of other sites are not ours: browsers say where a request comes from."""
    # The first is the one that the visitor asked for.
    host, origin = request.headers.get("X-Forwarded-Host", request.host).split(",")[0].strip(), request.headers.get("Origin", "")
    return not origin or urlsplit(origin).hostname == urlsplit(f"//{host}").hostname


@application.after_request
def keep(answer: Response) -> Response:
    answer.headers.setdefault("Cache-Control", "private, no-store")
    return answer


@application.errorhandler(Exception)
def trouble(error: Exception) -> tuple[dict[str, str], int]:
    if isinstance(error, HTTPException):
        return {"error": error.description or error.name}, error.code or 500
    application.logger.error("%s: %s", type(error).__name__, error)
    return {"error": "this does not work just now"}, 503


@application.get("/health")
def shallow() -> dict[str, str]:
    return {"status": "ok"}


@application.get("/health/deep")
def deep() -> tuple[dict, int]:
    found = health.deep()
    return found, 200 if all(one["status"] == "ok" for one in found.values()) else 503


@application.get("/")
def page() -> str:
    shown = entries.latest()
    return render_template("page.html", entries=shown, author=session.get("author", ""), pictures=SETTINGS.get("buckets_uploads"))


@application.post("/entries")
def post() -> Response | tuple[dict[str, str], int]:
    author, message, picture = (request.form.get(name, "").strip() for name in ("author", "message", "picture"))
    offered = session.get("pictures", [])
    if not from_here():
        return {"error": "this form is not ours"}, 403
    if not (0 < len(author) <= 60 and 0 < len(message) <= 1000):
        return {"error": "a name of up to 60 and a message of up to 1000 characters, please"}, 422
    if picture and not (uploads.is_key(picture) and picture in offered):
        return {"error": "this picture was not uploaded here"}, 422
    entries.add(author, message, picture or None)
    session["author"], session["pictures"] = author, [key for key in offered if key != picture]
    return redirect("/", 303)


@application.post("/uploads")
def upload() -> tuple[dict, int]:
    if not from_here():
        return {"error": "this form is not ours"}, 403
    if request.form.get("type") not in uploads.TYPES:
        return {"error": "not a kind of picture that is taken"}, 422
    form = uploads.form(request.form["type"])
    session["pictures"] = [*session.get("pictures", []), form["key"]][-5:]
    return form, 200
