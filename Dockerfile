# JupyterLab with scopebox, for one laptop and for JupyterHub (docs/teaching-on-a-hub.md): as an ordinary user, at the versions that were tested.
#   docker build -t scopebox . && docker run --rm --memory 1g --cpus 1 -p 127.0.0.1:8888:8888 scopebox
# Keep the default seccomp profile, and never say --privileged: extensions are confined by filters that every process may add.
FROM python:3.11-slim-bookworm

# The library comes without bytecode to an image where an ordinary user cannot keep it: every kernel would compile it anew. pip compiles what it installs.
RUN useradd --create-home --uid 1000 jovyan && python -m compileall -qq "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" || true
COPY --chown=jovyan:jovyan . /home/jovyan/scopebox
USER jovyan
WORKDIR /home/jovyan/scopebox
ENV HOME=/home/jovyan PATH=/home/jovyan/.local/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# JUPYTERHUB is the version of the hub that starts this image, empty for none: --build-arg JUPYTERHUB=5.4.0
ARG JUPYTERHUB=
RUN sed -n 's/^ *- \([A-Za-z0-9._-]*==.*\)$/\1/p' binder/environment.yml > /tmp/pins.txt \
 && pip install --user --quiet --requirement /tmp/pins.txt \
 && pip install --user --quiet --no-deps . \
 && if [ -n "$JUPYTERHUB" ]; then pip install --user --quiet "jupyterhub==$JUPYTERHUB"; fi \
 && rm /tmp/pins.txt \
 && jupyter labextension disable --level=user "@jupyterlab/apputils-extension:announcements" \
 && python -m scopebox doctor

EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--LabApp.default_url=/lab/tree/notebooks/00-tour.ipynb"]
