"""All settings, read once from the environment. What each variable means stands in .env.example."""

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from imagestudio import environment as env
from imagestudio.broker import celery_broker_url
from imagestudio.storages import files, s3

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = env.folder("STUDIO_VAR", Path("var"), base=BASE_DIR)

# --- Who we are on the network -------------------------------------------------------------------------

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.required(
    "SECRET_KEY", hint="`make run` makes one by itself; elsewhere set 50 random characters and keep them."
)
# Seals the API keys that administrators store. New one first, old ones after a comma: all of them open.
ENDPOINT_KEY_SECRET = env.text("ENDPOINT_KEY_SECRET")
PUBLIC_URL = env.origin("PUBLIC_URL")
_public = urlsplit(PUBLIC_URL)
_HTTPS = _public.scheme == "https"
# The loopback names serve the container's health check, whatever else is named.
ALLOWED_HOSTS = [_public.hostname or "", *env.words("ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [host for host in ALLOWED_HOSTS if host]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# __Host-: a neighbour under the same domain can neither set nor overwrite them.
SESSION_COOKIE_NAME = "__Host-studio" if _HTTPS else "studio"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _HTTPS else "csrftoken"
SECURE_SSL_REDIRECT = _HTTPS
# The container's health check and the workers speak plain HTTP inside the private network.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
# Only a proxy that overwrites the header may be believed: deploy/Caddyfile does.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- The application -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "generations",
    "team.apps.StudioAdminConfig",
    "team",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "imagestudio.middleware.PrivateAnswersMiddleware",
    "imagestudio.middleware.ReadableRequestsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "imagestudio.middleware.UploadsMiddleware",
    "team.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "imagestudio.urls"
DEFAULT_EXCEPTION_REPORTER = "imagestudio.errors.DiscreetReporter"
WSGI_APPLICATION = "imagestudio.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["generations.templatetags.media", "team.templatetags.icons"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "team.context.preferences",
                "generations.context.studio",
            ],
        },
    },
]
DATA_UPLOAD_MAX_MEMORY_SIZE = (
    5 * 1024 * 1024
)  # bytes: a prompt of 1 MB, percent-encoded, is answered at its field
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 17  # sixteen references and a mask
# Files are written to the disk while they arrive: no process holds a picture in memory,
# and of one that is too large the disk keeps nothing.
FILE_UPLOAD_HANDLERS = ["generations.uploads.BoundedUploadHandler"]
IMPORT_PATH = "/data/import/"
UPLOAD_PATHS = ["/", "/references/", IMPORT_PATH]  # what takes files; all else stays below the limit above
REFERENCE_UPLOAD_BYTES = 50 * 1024 * 1024  # of one file
# One part of an export has about two gigabytes, and one picture more.
IMPORT_UPLOAD_BYTES = env.whole_number("IMPORT_UPLOAD_BYTES", 2_500_000_000)
UPLOAD_MAX_BYTES = DATA_UPLOAD_MAX_NUMBER_FILES * REFERENCE_UPLOAD_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE
# A reference is kept no larger than this in pixels and bytes; 0 keeps it as large as it came.
REFERENCE_LONGEST_EDGE = env.whole_number("REFERENCE_LONGEST_EDGE", 2048)
REFERENCE_BYTES = env.whole_number("REFERENCE_BYTES", 1_500_000)

# --- Database ------------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(env.text("DATABASE_URL", f"sqlite:///{VAR / 'studio.sqlite3'}"))
}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        # A transaction that reads and then writes must not lose its place to another: take the lock at once.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        # FULL: the mark "sent" must survive a power cut, or a paid call could be sent again.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _database["CONN_MAX_AGE"] = env.whole_number("DATABASE_CONNECTION_SECONDS", 60)
    _database["CONN_HEALTH_CHECKS"] = True
    _database.setdefault("OPTIONS", {}).update(
        {
            "connect_timeout": 5,  # seconds
            # That a call was sent has to be known after a crash, whatever the server is set to.
            "options": "-c synchronous_commit=on -c lock_timeout=10s"
            " -c idle_in_transaction_session_timeout=60s",
            "keepalives_idle": 30,
        }
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Throttles live in the database: they hold across processes and a lost Redis breaks no sign-in.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "studio_cache"},
}

# --- People --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
_rules = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": f"{_rules}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "team.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_rules}.CommonPasswordValidator"},
    {"NAME": f"{_rules}.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "generations:create"
LOGOUT_REDIRECT_URL = "account_login"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())

# --- Mail: shown on the console until a mail server is named ----------------------------------------------

EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.whole_number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"studio@{_public.hostname or 'localhost'}")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

# --- Words ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.text("STUDIO_LANGUAGE", "en")
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["imagestudio.formats"]
TIME_ZONE = env.text("STUDIO_TIME_ZONE", "UTC")
USE_TZ = True
STUDIO_CURRENCY = env.currency("STUDIO_CURRENCY", "USD")  # of every price and cost

# --- Files ---------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.folder("STATIC_ROOT", VAR / "static", base=BASE_DIR)
WHITENOISE_MAX_AGE = 60
STORAGES: dict[str, Any] = {
    "default": s3() if env.text("AWS_STORAGE_BUCKET_NAME") else files(VAR / "media"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "imagestudio.static.StudioStaticFilesStorage"
    },
}

# --- The queue: Celery carries doorbells, the database is the queue -----------------------------------------

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = celery_broker_url(REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_IMPORTS = ("generations.jobs.tasks",)
CELERY_TASK_DEFAULT_QUEUE = "calls"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_000_000  # kilobytes
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 1  # second
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "global_keyprefix": "studio:",
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": not REDIS_URL.startswith("unix:"),
    "health_check_interval": 10,
}
# A broken broker connection must not end a call that is being paid for.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = {
    # Served by images workers: their tasks are short, while every thread for calls may wait for minutes.
    "sweep": {"task": "generations.sweep", "schedule": 5.0, "options": {"queue": "sweep", "expires": 5}},
    "jobs": {"task": "generations.sweep_jobs", "schedule": 5.0, "options": {"queue": "sweep", "expires": 5}},
}

# --- Calls to images endpoints ---------------------------------------------------------------------------

STUDIO_HOST = env.text("STUDIO_HOST", socket.gethostname())
SPOOL_ROOT = env.folder("STUDIO_SPOOL", VAR / "spool", base=BASE_DIR)
CALL_LEASE_SECONDS = env.whole_number("CALL_LEASE_SECONDS", 30, least=2)
CALLS_AT_ONCE_PER_MEMBER = env.whole_number("CALLS_AT_ONCE_PER_MEMBER", 8, least=1)
IMAGES_BASE_URL = env.text("IMAGES_BASE_URL", "https://api.openai.com/v1")
IMAGES_MODELS = env.words("IMAGES_MODELS")
SIMULATOR_URL = env.text("SIMULATOR_URL")

# --- Accounts (django-allauth) ---------------------------------------------------------------------------

ACCOUNT_ADAPTER = "team.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "team.account_forms.SignInForm",
    "change_password": "team.account_forms.ChangePasswordForm",
    "reset_password": "team.account_forms.ResetPasswordForm",
    "reset_password_from_key": "team.account_forms.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation proves the address; there is no public sign-up
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Throttles count by address: behind proxies the right one of X-Forwarded-For must be read.
ALLAUTH_TRUSTED_PROXY_COUNT = env.whole_number("TRUSTED_PROXIES", 1 if SECURE_PROXY_SSL_HEADER else 0)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        "boto3": {"level": "WARNING"},
    },
}
