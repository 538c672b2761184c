"""Who reaches whom: selectors, Services, network policies and addresses lead to where a program listens."""

import re
from collections.abc import Iterator

import pytest

from tests.platforms.manifests import PORTS, Container, Manifest, containers, manifests, of_kind, serving

SERVED = ["kubernetes/base", "kubernetes/keda"]
NAME = "app.kubernetes.io/name"
Call = tuple[str, str, int]
"""The pod that calls, the pod that is called, its port."""


def selects(selector: Manifest, container: Container) -> bool:
    return bool(selector.items() <= container.labels.items())


def called(source: str, selector: Manifest) -> Container:
    """The one program that serves in the pods of a selector."""
    [found] = {c.program: c for c in serving(source) if selects(selector, c)}.values()
    return found


def rules(source: str, direction: str) -> Iterator[tuple[Manifest, list[Manifest], set[int]]]:
    """Of every network policy: the pods it is about, whom a rule names beside them (nobody: anybody), and the ports."""
    peers = {"ingress": "from", "egress": "to"}[direction]
    for policy in of_kind(source, "NetworkPolicy").values():
        about = policy["spec"]["podSelector"]["matchLabels"]
        for rule in policy["spec"].get(direction, []):
            yield about, rule.get(peers, []), {one["port"] for one in rule["ports"]}


def calls(source: str, direction: str) -> set[Call]:
    """Which pods may call which, as the callers' policies say it (egress) or those of the called (ingress)."""
    found = set()
    for about, peers, ports in rules(source, direction):
        for peer in (peer["podSelector"]["matchLabels"] for peer in peers if "podSelector" in peer):
            caller, callee = (peer, about) if direction == "ingress" else (about, peer)
            found |= {(caller[NAME], callee[NAME], port) for port in ports}
    return found


@pytest.mark.parametrize("source", [*SERVED, "kubernetes/backup"])
def test_selectors_select_something(source: str) -> None:
    selectors = [service["spec"]["selector"] for service in of_kind(source, "Service").values()]
    budgets = of_kind(source, "PodDisruptionBudget").values()
    selectors += [budget["spec"]["selector"]["matchLabels"] for budget in budgets]
    for direction in ("ingress", "egress"):
        for about, peers, _ in rules(source, direction):
            selectors += [
                about,
                *(one["podSelector"]["matchLabels"] for one in peers if "podSelector" in one),
            ]
    for selector in selectors:
        assert any(selects(selector, one) for one in containers(manifests(source))), selector


@pytest.mark.parametrize("source", ["kubernetes/base", "kubernetes/backup"])
def test_every_pod_of_kubernetes_has_its_own_network_policy(source: str) -> None:
    selected = {
        policy["spec"]["podSelector"]["matchLabels"].get(NAME)
        for policy in of_kind(source, "NetworkPolicy").values()
    }
    assert {one.labels[NAME] for one in containers(manifests(source))} <= selected


@pytest.mark.parametrize("source", SERVED)
def test_a_network_policy_lets_in_where_the_program_listens(source: str) -> None:
    for about, _, ports in rules(source, "ingress"):
        assert ports == {PORTS[called(source, about).program]}, about


@pytest.mark.parametrize("source", SERVED)
def test_who_may_go_out_to_a_pod_is_let_in_there(source: str) -> None:
    assert calls(source, "egress") == calls(source, "ingress")


@pytest.mark.parametrize("source", SERVED)
def test_a_service_leads_to_where_its_program_listens(source: str) -> None:
    for service in of_kind(source, "Service").values():
        container = called(source, service["spec"]["selector"])
        [port] = service["spec"]["ports"]
        assert port["port"] == PORTS[container.program]
        assert port["targetPort"] == container.spec["ports"][0]["name"]


@pytest.mark.parametrize("source", SERVED)
def test_an_address_inside_the_cluster_is_that_of_a_service_which_may_be_called(source: str) -> None:
    services = of_kind(source, "Service")
    asked = {
        (one.labels[NAME], name, int(port))
        for one in containers(manifests(source))
        for said in (*one.environment.values(), *one.words)
        for name, port in re.findall(r"http://([\w-]+):(\d+)/", said)
    }
    assert {(caller, name) for caller, name, _ in asked} == {("shim", "evaluate"), ("purge-cron", "purge")}
    for caller, name, port in asked:
        service = services[name]["spec"]
        assert port == service["ports"][0]["port"]
        program = called(source, service["selector"]).program
        assert (caller, service["selector"][NAME], PORTS[program]) in calls(source, "egress")


def test_whoever_calls_an_internal_service_of_cloud_run_goes_through_the_network() -> None:
    services = of_kind("cloudrun", "Service")
    asked = [
        (one, name)
        for one in containers(manifests("cloudrun"))
        for said in one.environment.values()
        for name in re.findall(r"https://([\w-]+)-NUMBER\.REGION\.run\.app/", said)
    ]
    assert {(caller.program, name) for caller, name in asked} == {("shim", "cveval-evaluate")}
    for caller, name in asked:
        assert services[name]["metadata"]["annotations"]["run.googleapis.com/ingress"] == "internal"
        assert caller.annotations["run.googleapis.com/network-interfaces"]
        assert caller.annotations["run.googleapis.com/vpc-access-egress"] == "all-traffic", caller.where
