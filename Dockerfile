# One image for the web server, the workers, beat and the simulator; the command says which.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/run.txt /tmp/run.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/run.txt
COPY . /app
WORKDIR /app
ENV DJANGO_SETTINGS_MODULE=imagestudio.settings STATIC_ROOT=/app/collected
RUN python -m imagestudio.translations \
 && SECRET_KEY=only-for-the-build python manage.py collectstatic --no-input --verbosity 0 \
 && python -m compileall -q /app /opt/venv/lib

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/studio --create-home studio \
 && install -d -o studio -g studio -m 0700 /var/lib/studio/spool
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=imagestudio.settings \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/app/collected \
    STUDIO_VAR=/var/lib/studio
USER studio
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Heartbeat files in memory: a slow disk must not look like a dead worker. Addresses hold searches of 400 characters,
# nine bytes each and more, and filters beside them.
CMD ["gunicorn", "imagestudio.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", \
     "--limit-request-line", "8190"]
