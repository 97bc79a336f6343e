"""Answers become one machine, whatever their order and however many are missing."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.detection.answers import (
    Answer,
    CondaAnswer,
    GraphicsAnswer,
    NoAnswer,
    PythonAnswer,
    SystemAnswer,
)
from wizard.detection.machine import (
    Conda,
    Cpu,
    Driver,
    Environment,
    Gpu,
    Machine,
    OperatingSystem,
    Problem,
    machine_from_json,
)
from wizard.detection.merge import merge

LINUX = SystemAnswer(OperatingSystem("linux", "Debian 12"), "lab-7", Cpu("Xeon", 4, 8), 15.6, 88.0)
WINDOWS = replace(LINUX, os=OperatingSystem("windows", "11 24H2"))
WSL = replace(LINUX, os=OperatingSystem("linux", "Ubuntu 24.04", wsl=True))

T4_A = Gpu("nvidia", "Tesla T4", "7.5", 15.0, 2560, "GPU-a", "10de:1eb8", bus_id="0000:04:00.0")
T4_B = replace(T4_A, uuid="GPU-b", bus_id="0000:05:00.0")
RTX = Gpu(
    "nvidia", "NVIDIA GeForce RTX 4060 Laptop GPU", "8.9", 8.0, 3072, "GPU-r", "10de:28e0",
    bus_id="0000:01:00.0",
)  # fmt: skip
IRIS = Gpu("intel", "Intel(R) UHD Graphics", memory_gib=1.0, pci_id="8086:a7a8")
DRIVER = Driver("550.54.15", "12.4")


def nvml(*gpus: Gpu, driver: Driver | None = DRIVER, **more: object) -> GraphicsAnswer:
    answer = GraphicsAnswer("nvml", gpus, driver, asked_nvidia=driver is not None)
    return replace(answer, **more)  # type: ignore[arg-type]


def smi(*gpus: Gpu, driver: Driver | None = DRIVER, **more: object) -> GraphicsAnswer:
    return replace(nvml(*gpus, driver=driver, **more), source="nvidia_smi")


def adapters(*gpus: Gpu, **more: object) -> GraphicsAnswer:
    return replace(GraphicsAnswer("display_adapters", gpus), **more)  # type: ignore[arg-type]


def seen_on_bus(gpu: Gpu) -> Gpu:
    return Gpu(gpu.vendor, gpu.name, pci_id=gpu.pci_id, bus_id=gpu.bus_id)


def codes(machine: Machine) -> list[str]:
    return [problem.code for problem in machine.problems]


def test_three_sources_one_card() -> None:
    answers = [
        LINUX,
        nvml(T4_A),
        smi(replace(T4_A, cuda_cores=None)),
        adapters(seen_on_bus(T4_A), bound=frozenset({"0000:04:00.0"})),
    ]
    machine = merge(answers)
    assert machine.gpus == (T4_A,)
    assert machine.nvidia_driver == DRIVER and machine.problems == ()
    assert machine.name == "lab-7" and machine.cpu == Cpu("Xeon", 4, 8)


def test_two_equal_cards_are_two() -> None:
    both = (T4_A, T4_B)
    machine = merge([nvml(*both), smi(*reversed(both)), adapters(*map(seen_on_bus, both))])
    assert machine.gpus == both


def test_two_equal_cards_without_places_are_two() -> None:
    # Windows' registry knows device ids, no places.
    bare = replace(seen_on_bus(T4_A), bus_id=None)
    assert merge([nvml(T4_A, T4_B), adapters(bare, bare)]).gpus == (T4_A, T4_B)
    assert len(merge([nvml(T4_A), adapters(bare, bare)]).gpus) == 2
    assert len(merge([adapters(bare, bare)]).gpus) == 2


def test_a_place_outranks_an_equal_name() -> None:
    # The second of the bus list is NVML's only card; the first must not take its part.
    machine = merge([nvml(T4_B), adapters(seen_on_bus(T4_A), seen_on_bus(T4_B))])
    assert [gpu.bus_id for gpu in machine.gpus] == ["0000:05:00.0", "0000:04:00.0"]
    assert [gpu.compute_capability for gpu in machine.gpus] == ["7.5", None]


def test_names_differ_between_sources() -> None:
    windows_name = Gpu("nvidia", "GeForce RTX 4060 Laptop GPU", memory_gib=8.0)
    assert merge([nvml(RTX), adapters(windows_name)]).gpus == (RTX,)


def test_what_nvml_could_not_tell_comes_from_the_next() -> None:
    poor = replace(T4_A, compute_capability=None, memory_gib=None)
    machine = merge([nvml(poor, driver=Driver("550.54.15")), smi(T4_A)])
    assert machine.gpus == (T4_A,) and machine.nvidia_driver == DRIVER


def test_cuda_of_another_driver_is_not_borrowed() -> None:
    machine = merge([nvml(T4_A, driver=Driver("580.65.06")), smi(T4_A)])
    assert machine.nvidia_driver == Driver("580.65.06", None)


def test_hybrid_laptop_lists_nvidia_first() -> None:
    machine = merge([adapters(IRIS, seen_on_bus(RTX)), WINDOWS])
    assert [gpu.vendor for gpu in machine.gpus] == ["nvidia", "intel"]


def test_a_card_without_a_driver_stays() -> None:
    missing = Problem("nvml_library_not_found", "NVML: not found")
    machine = merge([LINUX, nvml(driver=None, problems=(missing,)), adapters(seen_on_bus(T4_A))])
    assert machine.gpus == (seen_on_bus(T4_A),)
    assert machine.nvidia_driver is None and codes(machine) == ["nvml_library_not_found"]


def test_cards_of_other_containers_are_not_ours() -> None:
    place = frozenset({"0000:04:00.0", "0000:05:00.0"})
    machine = merge([nvml(T4_A), adapters(seen_on_bus(T4_A), seen_on_bus(T4_B), bound=place)])
    assert machine.gpus == (T4_A,)
    # Without a driver that answers, nothing says whose they are.
    assert len(merge([adapters(seen_on_bus(T4_A), seen_on_bus(T4_B), bound=place)]).gpus) == 2


@pytest.mark.parametrize("code", ["nvml_library_not_found", "nvml_error", "nvidia_smi_not_on_path"])
@pytest.mark.parametrize("gpus", [(), (IRIS,)])
def test_no_nvidia_card_no_nvidia_problem(code: str, gpus: tuple[Gpu, ...]) -> None:
    answer = nvml(driver=None, problems=(Problem(code),))
    assert codes(merge([LINUX, answer, adapters(*gpus)])) == []
    assert codes(merge([LINUX, answer, adapters(seen_on_bus(T4_A))])) == [code]


@pytest.mark.parametrize("code", ["gpu_lost", "driver_permission", "wsl2_cuda"])
def test_what_is_only_said_of_a_card_proves_one(code: str) -> None:
    answer = nvml(driver=None, problems=(Problem(code, "NVML: it was seen"),))
    for system, told in ((LINUX, code.replace("wsl2_cuda", "driver_permission")), (WSL, None)):
        machine = merge([system, answer, adapters(IRIS)])
        assert [gpu.name for gpu in machine.gpus] == ["NVIDIA graphics card", IRIS.name]
        assert codes(machine) == [told or {"gpu_lost": code}.get(code, "wsl2_cuda")]
    assert len(merge([LINUX, answer, adapters(seen_on_bus(T4_A))]).gpus) == 1


def test_an_unknown_error_is_a_loaded_drivers() -> None:
    answer = nvml(driver=None, problems=(Problem("nvml_error", "NVML: Unknown Error"),))
    assert codes(merge([LINUX, answer, adapters(IRIS)])) == ["nvml_error"]
    inside = replace(LINUX, container=True)
    assert codes(merge([inside, answer, adapters(IRIS)])) == ["driver_permission"]


def test_mismatch_names_the_loaded_module() -> None:
    problem = Problem("nvml_mismatch", "NVML: Driver/library version mismatch")
    machine = merge(
        [
            LINUX,
            nvml(driver=None, problems=(problem,)),
            smi(driver=None, problems=(problem,)),
            adapters(seen_on_bus(T4_A), kernel_module="580.65.06"),
        ]
    )
    assert machine.nvidia_driver is None
    assert codes(machine) == ["nvml_mismatch"]
    assert "580.65.06" in machine.problems[0].detail


def test_an_old_library_in_this_process_is_no_problem_of_the_computer() -> None:
    # "Scan again" after an update of the driver: nvidia-smi starts with the new library.
    problem = Problem("nvml_mismatch", "NVML: Driver/library version mismatch")
    new = Driver("581.29", "13.0")
    machine = merge([WINDOWS, nvml(driver=None, problems=(problem,)), smi(RTX, driver=new)])
    assert machine.gpus == (RTX,) and machine.nvidia_driver == new and machine.problems == ()
    lost = nvml(T4_A, problems=(Problem("nvml_error", "GPU is lost (GPU 1)"),))
    assert codes(merge([LINUX, lost, smi(T4_A)])) == ["nvml_error"]


def test_nvml_says_not_loaded_though_the_kernel_module_is() -> None:
    problem = Problem("kernel_module_not_loaded", "NVML: Driver Not Loaded")
    answers = [LINUX, nvml(driver=None, problems=(problem,))]
    awake = merge([*answers, adapters(seen_on_bus(RTX), kernel_module="580.65.06")])
    assert awake.nvidia_driver == Driver("580.65.06")
    assert codes(awake) == ["optimus_nvml_driver_not_loaded"]
    missing = merge([*answers, adapters(seen_on_bus(RTX), secure_boot=True)])
    assert missing.nvidia_driver is None and codes(missing) == ["kernel_module_not_loaded"]
    assert "Secure Boot" in missing.problems[0].detail


def test_windows_driver_from_the_registry() -> None:
    missing = Problem("nvml_library_not_found", "NVML: not found")
    machine = merge(
        [
            WINDOWS,
            nvml(driver=None, problems=(missing,)),
            adapters(replace(seen_on_bus(RTX), bus_id=None), driver=Driver("581.29")),
        ]
    )
    assert machine.nvidia_driver == Driver("581.29")


def test_wsl_takes_the_windows_driver_and_names_shadowing_libraries() -> None:
    healthy = merge([WSL, nvml(RTX, driver=Driver("581.29", "13.0"))])
    assert healthy.nvidia_driver == Driver("581.29", "13.0") and healthy.os.wsl
    problem = Problem("nvml_mismatch", "NVML: Driver/library version mismatch")
    assert codes(merge([WSL, nvml(driver=None, problems=(problem,))])) == ["wsl2_cuda"]
    absent = Problem("nvml_library_not_found", "NVML: not found")
    assert codes(merge([WSL, nvml(driver=None, problems=(absent,))])) == []


@pytest.mark.parametrize(
    ("value", "hides"),
    [
        (None, False),
        ("0", False),
        ("GPU-a", False),
        ("1,0", True),
        ("", True),
        ("-1", True),
        ("7", True),
    ],
)
def test_cuda_visible_devices(value: str | None, hides: bool) -> None:
    system = replace(LINUX, cuda_visible_devices=value)
    assert codes(merge([system, nvml(T4_A)])) == (["cuda_visible_devices"] if hides else [])
    assert codes(merge([system, adapters(IRIS)])) == []


def test_mig_without_a_chosen_slice() -> None:
    card = replace(T4_A, mig=True)
    assert codes(merge([LINUX, nvml(card)])) == ["mig"]
    chosen = replace(LINUX, cuda_visible_devices="MIG-41b8")
    assert codes(merge([chosen, nvml(card)])) == []
    assert codes(merge([LINUX, nvml(card, T4_B)])) == []


def test_apple_without_system_information() -> None:
    mac = replace(LINUX, os=OperatingSystem("macos", "15.6", "arm64"), cpu=Cpu("Apple M2", 8, 8))
    assert merge([mac]).gpus == (Gpu("apple", "Apple M2"),)
    listed = adapters(Gpu("apple", "Apple M2", memory_gib=None))
    assert merge([mac, listed]).gpus == (Gpu("apple", "Apple M2"),)


def test_the_wizards_python_comes_last_and_once() -> None:
    base = Environment("base", "/opt/miniforge3", "3.12.11")
    own = Environment("wizard", "/opt/wizard", "3.12.1", kind="wizard")
    conda = CondaAnswer((Conda("25.9.1"), Conda("24.1.0")), (base,))
    machine = merge([PythonAnswer(own), conda])
    assert machine.environments == (base, own)
    assert machine.conda == Conda("25.9.1") and len(machine.conda_installations) == 2
    inside = PythonAnswer(replace(own, prefix=base.prefix))
    assert merge([inside, conda]).environments == (base,)


def test_nothing_at_all_is_a_machine_too() -> None:
    machine = merge([])
    assert machine.name == "this computer" and machine.gpus == () and not machine.simulated


def test_a_late_probe_is_a_problem() -> None:
    late = NoAnswer("nvml", Problem("probe_timed_out", "nvml: no answer in 10 s"))
    assert codes(merge([LINUX, late, adapters(IRIS)])) == ["probe_timed_out"]


# Properties --------------------------------------------------------------------------------------

_gpus = st.lists(
    st.builds(
        Gpu,
        vendor=st.sampled_from(["nvidia", "amd", "intel", "other"]),
        name=st.sampled_from(["Tesla T4", "NVIDIA Tesla T4", "RTX 3060", "Arc"]),
        compute_capability=st.sampled_from([None, "7.5"]),
        memory_gib=st.sampled_from([None, 15.0]),
        uuid=st.sampled_from([None, "GPU-a", "GPU-b"]),
        pci_id=st.sampled_from([None, "10de:1eb8", "10de:2504"]),
        bus_id=st.sampled_from([None, "0000:04:00.0", "0000:05:00.0"]),
    ),
    max_size=3,
).map(tuple)
_problems = st.lists(
    st.builds(
        Problem,
        st.sampled_from(
            [
                *("nvml_mismatch", "kernel_module_not_loaded", "nvml_library_not_found"),
                *("nvml_error", "no_devices_found", "gpu_lost", "driver_permission", "wsl2_cuda"),
            ]
        ),
        st.sampled_from(["a", "b"]),
    ),
    max_size=2,
).map(tuple)


def _only_nvidia(gpus: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    return tuple(gpu for gpu in gpus if gpu.vendor == "nvidia")


def _graphics(source: str) -> st.SearchStrategy[Answer]:
    return st.one_of(
        st.builds(
            GraphicsAnswer,
            source=st.just(source),
            gpus=_gpus if source == "display_adapters" else _gpus.map(_only_nvidia),
            driver=st.sampled_from([None, DRIVER, Driver("550.54.15"), Driver("581.29", "13.0")]),
            problems=_problems,
            asked_nvidia=st.booleans(),
            bound=st.frozensets(st.sampled_from(["0000:04:00.0", "0000:05:00.0"])),
            kernel_module=st.sampled_from([None, "580.65.06"]),
        ),
        st.builds(NoAnswer, st.just(source), st.just(Problem("probe_timed_out", source))),
    )  # type: ignore[return-value]


_answers = st.tuples(
    st.sampled_from([LINUX, WINDOWS, WSL]),
    _graphics("nvml"),
    _graphics("nvidia_smi"),
    _graphics("display_adapters"),
    st.just(CondaAnswer((Conda("25.9.1"),), (Environment("base", "/c"),))),
)


@given(_answers)
def test_the_order_of_answers_does_not_matter(answers: tuple[Answer, ...]) -> None:
    machines = {merge(order) for order in itertools.permutations(answers)}
    assert len(machines) == 1


@given(_answers)
def test_any_machine_survives_its_own_file(answers: tuple[Answer, ...]) -> None:
    machine = merge(answers)
    file = json.loads(json.dumps(machine.to_json()))
    assert machine_from_json(file) == replace(machine, simulated=True)


@given(_answers)
def test_a_card_on_the_bus_is_never_told_to_be_missing(answers: tuple[Answer, ...]) -> None:
    """Another container's is left out, but only where the driver lists one that is ours."""
    system, nvml_said, smi_said, bus, conda = answers
    listed = bus.gpus if isinstance(bus, GraphicsAnswer) else ()
    bus = replace(bus if isinstance(bus, GraphicsAnswer) else adapters(), gpus=(T4_A, *listed))
    machine = merge([system, nvml_said, smi_said, bus, conda])
    assert machine.nvidia_gpus
    assert "nvidia_card_switched_off" not in codes(machine)


@given(_answers)
def test_one_word_about_the_driver(answers: tuple[Answer, ...]) -> None:
    """What is wrong with the driver is told once, by the surest sign, however many say it."""
    machine = merge(answers)
    of_the_driver = set(codes(machine)) - {"probe_timed_out", "nvidia_smi_not_on_path"}
    assert len(of_the_driver) <= 1
    assert len(codes(machine)) == len(set(codes(machine)))


@given(_gpus, _gpus)
def test_cards_are_counted_right(first: tuple[Gpu, ...], second: tuple[Gpu, ...]) -> None:
    machine = merge([nvml(*first), adapters(*second)])
    most = max(len(first), len(second))
    assert most <= len(machine.gpus) <= len(first) + len(second)
    vendors = [gpu.vendor for gpu in machine.gpus]
    assert vendors[: vendors.count("nvidia")].count("nvidia") == vendors.count("nvidia")
