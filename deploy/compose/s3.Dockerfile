# syntax=docker/dockerfile:1
# Object storage for one machine and for tests (s3.py): it keeps everything in memory.
FROM python:3.13-slim
RUN python -m venv --without-pip /app
COPY requirements/s3.txt requirements/
RUN --mount=type=cache,target=/root/.cache/pip pip --python /app/bin/python install --require-hashes -r requirements/s3.txt
COPY --chmod=0644 deploy/compose/s3.py /app/
RUN useradd --system --uid 10001 --no-create-home cveval
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 HOME=/tmp CVEVAL_ARCHIVE_BUCKET=cveval-archive
USER 10001
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=500ms \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:5000/{os.environ[\"CVEVAL_ARCHIVE_BUCKET\"]}', timeout=4)"]
CMD ["python", "/app/s3.py"]
