# Two stages: pip and its cache stay in the first.
FROM python:3.11.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/lrs
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY lrs lrs
COPY integrations integrations
COPY analytics analytics
RUN /opt/lrs/bin/pip install -c constraints.txt .


FROM python:3.11.11-slim-bookworm

# scikit-learn, scipy and networkit are built with OpenMP.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin lrs \
    && install -d -o lrs -g lrs /data

COPY --from=build /opt/lrs /opt/lrs
ENV PATH=/opt/lrs/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LRS_HOST=0.0.0.0 \
    LRS_PORT=8080 \
    LRS_DATA=/data \
    LRS_STORE_URL=sqlite:////data/lrs.sqlite

USER lrs
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['LRS_PORT'] + '/health/ready', timeout=4)"]

# In exec form `lrs` gets SIGTERM itself and not a shell that would swallow it; compose and
# `docker run --init` put a reaper of orphans before it.
ENTRYPOINT ["lrs"]
CMD ["serve"]
