"""What a text can give away, in the forms in which real tools print it, and what must stay.

Every name, number and key is made up here: keys from their prefix by a hash, so that no scanner of
secrets takes this file for a leak.
"""

from __future__ import annotations

import base64
import hashlib
import string
from dataclasses import dataclass
from urllib.parse import quote

USER, SURNAME, HOST = "aysel7", "mammadova", "orxan-pc3"
NAMES = (USER, HOST)
"""What the program is told of this computer; all else it must know by its form."""
SERIAL, CARD = "0324518012345", "12345678-1234-1234-1234-123456789abc"


def made(prefix: str, length: int, letters: str = string.ascii_letters + string.digits) -> str:
    """A key of that form; the same on every run."""
    numbers, seed = [], prefix.encode()
    while len(numbers) < length:
        seed = hashlib.sha256(seed).digest()
        numbers += list(seed)
    return prefix + "".join(letters[number % len(letters)] for number in numbers[:length])


PASSWORD = made("Topkapi8", 6, string.ascii_lowercase)
ODD_PASSWORD = "/".join(("p@ss", "w0rd:x@y", "z"))


def jwt() -> str:
    """Header, claims and signature, as every OAuth server gives them out."""
    parts = ('{"alg":"HS256","typ":"JWT"}', '{"sub":"1234567890"}', made("signature", 23))
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


_HEX = "0123456789abcdef"
_UPPER = string.ascii_uppercase + string.digits
KEYS: dict[str, str] = {
    "Hugging Face": made("hf_", 34),
    "GitHub": made("ghp_", 36),
    "GitHub app": made("ghs_", 36),
    "GitHub fine": made("github_pat_", 22) + made("_", 59),
    "GitLab": made("glpat-", 20),
    "AWS id": made("AKIA", 16, _UPPER),
    "AWS for a session": made("ASIA", 16, _UPPER),
    "Google": made("AIza", 35),
    "Google OAuth": made("ya29.", 60),
    "Google client": made("GOCSPX-", 28),
    "OpenAI": made("sk-proj-", 48),
    "Anthropic": made("sk-ant-api03-", 60),
    "Slack": made("xoxb-", 12, string.digits) + made("-", 24),
    "Stripe": made("sk_live_", 24),
    "npm": made("npm_", 36),
    "PyPI": made("pypi-AgEIcHlwaS5vcmc", 80),
    "NVIDIA": made("nvapi-", 64),
    "Docker": made("dckr_pat_", 27),
    "Databricks": made("dapi", 32, _HEX),
    "Replicate": made("r8_", 37),
    "Groq": made("gsk_", 52),
    "xAI": made("xai-", 80),
    "SendGrid": made("SG.", 22) + made(".", 43),
    "Telegram": made("", 9, "123456789") + made(":AA", 33),
    "Discord": made("MT", 24) + made(".", 6) + made(".", 38),
    "Vault": made("hvs.", 90),
    "prefix.dev": made("pfx_", 40),
    "DigitalOcean": made("dop_v1_", 64, _HEX),
    "Kaggle": made("KGAT_", 32, _HEX),
    "LangSmith": made("lsv2_pt_", 32, _HEX) + made("_", 10, _HEX),
    "Shopify": made("shpat_", 32, _HEX),
    "Grafana": made("glsa_", 32) + made("_", 8, _HEX),
    "Atlassian": made("ATATT3xFfGF0", 180),
    "JSON web token": jwt(),
}
CONDA_TOKEN = f"az-{CARD}"
WANDB, AWS_KEY, AZURE = made("", 40, _HEX), made("", 40), made("", 86) + "=="
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_OLD_KAGGLE = made("k", 31, _HEX)
_KEY = "OPENSSH PRIVATE KEY"
_PEM = [made(str(line), 64) for line in range(6)]


@dataclass(frozen=True)
class Form:
    """One text; ``gone`` must not be in what is made of it, ``kept`` must."""

    what: str
    text: str
    gone: tuple[str, ...]
    kept: tuple[str, ...] = ()


def _forms(kind: str, *forms: tuple[str, tuple[str, ...]] | tuple[str, tuple[str, ...], str]):
    return [
        Form(f"{kind} {at}", form[0], form[1], tuple(form[2:])) for at, form in enumerate(forms)
    ]


SECRETS: list[Form] = [
    *(Form(f"key of {name}", f"login: {key} was refused", (key,)) for name, key in KEYS.items()),
    *(Form(f"key of {name}, quoted", f'x="{key}"', (key,), ("x=",)) for name, key in KEYS.items()),
    *_forms(
        "channel",
        (f"https://conda.anaconda.org/t/{CONDA_TOKEN}/main/linux-64", (CARD,), "/main/linux-64"),
        (f"  - https://repo.firma.az/t/{made('', 24)}/noarch", (made("", 24),), "/noarch"),
        (f"https%3A%2F%2Fconda.anaconda.org%2Ft%2F{CONDA_TOKEN}%2Fmain", (CARD,)),
        (f"channel: https://{USER}:{PASSWORD}@conda.firma.az/main", (PASSWORD,), "/main"),
        (f"https://files.firma.az/x.conda?sig={made('', 30)}&se=2026", (made("", 30),), "x.conda"),
    ),
    *_forms(
        "proxy",
        (f"HTTPS_PROXY=http://{USER}:{ODD_PASSWORD}@proxy:8080", ("p@ss", "w0rd", "y/z"), "8080"),
        (f"http://FIRMA\\{SURNAME}:{PASSWORD}@10.1.2.3:3128/", (PASSWORD, SURNAME)),
        (f"--proxy somebody:{ODD_PASSWORD}@proxy.firma.az:8080", ("p@ss", "w0rd", "y/z")),
        (f"Cannot connect to proxy: 'http://u:{ODD_PASSWORD}@proxy/'", ("p@ss", "w0rd", "y/z")),
        (f"https%3A//u%3A{PASSWORD}%40proxy.firma.az/x", (PASSWORD,)),
        (f"socks5h://u:{quote(ODD_PASSWORD, safe='')}@proxy:1080", ("w0rd", "p%40")),
    ),
    *_forms(
        "header",
        (f"Authorization: Bearer {made('', 30)}", (made("", 30),)),
        (f"> Proxy-Authorization: Basic {BASIC}", (BASIC,)),
        (f"{{'Authorization': 'token {made('', 30)}', 'Accept': '*/*'}}", (made("", 30),)),
        (f'curl -H "X-Api-Key: {PASSWORD}" https://x.example/y', (PASSWORD,), "x.example/y"),
        (f"PRIVATE-TOKEN: {PASSWORD}", (PASSWORD,)),
        (f"sent bearer {PASSWORD} and failed", (PASSWORD,), "and failed"),
        (f"sent Basic {BASIC}", (BASIC,)),
        (f"SharedAccessSignature={PASSWORD}", (PASSWORD,)),
        (f"http://localhost:8888/lab?token={PASSWORD}", (PASSWORD,), "localhost:8888/lab"),
        (f"Set-Cookie: session={PASSWORD}; Path=/; {made('id=', 20)}", (PASSWORD, made("id=", 20))),
        (f"b'authorization': b'Digest username=\"x\", response=\"{PASSWORD}\"'", (PASSWORD,)),
    ),
    *_forms(
        "option",
        (f"anaconda login --username {SURNAME} --password {PASSWORD}", (PASSWORD, SURNAME)),
        (f"--password={PASSWORD} --yes", (PASSWORD,), "--yes"),
        (f"--password '{PASSWORD} with words' --yes", (PASSWORD, "with words"), "--yes"),
        (f"twine upload -u __token__ --token {PASSWORD}", (PASSWORD,)),
        (f"curl -u {SURNAME}:{PASSWORD} https://x.example", (PASSWORD, SURNAME)),
        (f"wandb login --api-key {WANDB}", (WANDB,)),
        (f"sshpass -p {PASSWORD} ssh x", (PASSWORD,), "ssh x"),
        (f"twine upload -u __token__ -p {PASSWORD}", (PASSWORD,)),
        (f"['conda', 'install', '--token', '{PASSWORD}']", (PASSWORD,)),
    ),
    *_forms(
        "setting",
        (f"AWS_SECRET_ACCESS_KEY={AWS_KEY}", (AWS_KEY,)),
        (f"aws_secret_access_key = {AWS_KEY}", (AWS_KEY,)),
        (f"AccountName=x;AccountKey={AZURE};EndpointSuffix=y", (AZURE,)),
        (f'$env:HF_TOKEN = "{PASSWORD}"', (PASSWORD,)),
        (f"set ANACONDA_API_TOKEN={PASSWORD}", (PASSWORD,)),
        (f"export WANDB_API_KEY='{WANDB}'", (WANDB,)),
        (f'{{"username": "{SURNAME}", "key": "{_OLD_KAGGLE}"}}', (SURNAME, _OLD_KAGGLE)),
        (f'"password": "{PASSWORD}, \\"and\\" more"', (PASSWORD, "and", "more")),
        (f"password: {PASSWORD}", (PASSWORD,)),
        (f"Password={PASSWORD};Server=x", (PASSWORD,)),
        (f"machine api.wandb.ai login {SURNAME} password {WANDB}", (WANDB, SURNAME)),
        (f"//registry.npmjs.org/:_authToken={PASSWORD}", (PASSWORD,)),
        (f"api_key: {PASSWORD}", (PASSWORD,)),
        (f"client_secret={PASSWORD}&grant_type=x", (PASSWORD,)),
        (f"şifre: {PASSWORD}", (PASSWORD,)),
        (f"Пароль: {PASSWORD}", (PASSWORD,)),
        (f"Şifrə: {PASSWORD}", (PASSWORD,)),
        (f"AZURE_STORAGE_KEY={AZURE}", (AZURE,)),
        (f"export COHERE_KEY={PASSWORD}", (PASSWORD,)),
        (f"SMTP_PASS={PASSWORD} pw={PASSWORD}", (PASSWORD,)),
    ),
    Form(
        "private key",
        "\n".join([f"-----BEGIN {_KEY}-----", *_PEM, f"-----END {_KEY}-----", "x"]),
        tuple(_PEM),
        ("x",),
    ),
    Form("end of a private key", "\n".join([*_PEM, f"-----END {_KEY}-----"]), tuple(_PEM)),
    Form("key on one line", "key = " + "\\n".join([f"-----BEGIN {_KEY}-----", *_PEM]), tuple(_PEM)),
    Form("unknown key", f"refused: {made('', 40)}", (made("", 40),)),
]  # fmt: skip

SERIALS: list[Form] = _forms(
    "serial",
    (f"    Serial Number                         : {SERIAL}", (SERIAL,)),
    (f"SerialNumber : {SERIAL}", (SERIAL,)),
    (f"SerialNumber={SERIAL}", (SERIAL,)),
    (f"name, serial, driver_version\nTesla T4, {SERIAL}, 550.54.15", (SERIAL,), "550.54.15"),
    ("    Chassis Serial Number                 : PF2ABC7X", ("PF2ABC7X",)),
    ("      Serial Number (system): C02ABCDEFGH1", ("C02ABCDEFGH1",)),
    ('    "IOPlatformSerialNumber" = "C02ABCDEFGH1"', ("C02ABCDEFGH1",)),
    ("SerialNumber\r\nPF2ABC7X  ", ("PF2ABC7X",)),
    ("ID_SERIAL_SHORT=S4EVNX0N123456", ("S4EVNX0N123456",)),
    ("S/N: PF2ABC7X", ("PF2ABC7X",)),
    ("Seri Numarası: PF2ABC7X", ("PF2ABC7X",)),
    ("Серийный номер: PF2ABC7X", ("PF2ABC7X",)),
    ("Asset Tag: FIRMA-00123", ("FIRMA-00123",)),
    ("Machine ID: 0f1e2d3c4b5a69788796a5b4c3d2e1f0", ("0f1e2d3c",)),
    ("Capabilities: [100] Device Serial Number 48-b0-2d-ff-ff-12-34-56", ("2d-ff", "12-34")),
    ("Product ID:                00330-80000-00000-AA123", ("AA123",)),
    (f"    GPU UUID                              : GPU-{CARD}", (CARD,)),
    (f"MIG-{CARD}", (CARD,)),
    (f"MIG-GPU-{CARD}/1/0", (CARD,)),
    (f"GPU 0: Tesla T4 (UUID: GPU-{CARD})", (CARD,), "Tesla T4"),
    ("    GPU PDI                               : 0x8c2c3a1b5d7e9f01", ("8c2c3a1b",)),
    (f"Hardware UUID: {CARD.upper()}", (CARD.upper(),)),
)  # fmt: skip

HOMES: list[Form] = _forms(
    "home",
    (f"/home/{SURNAME}/miniforge3/lib", (SURNAME,), "miniforge3/lib"),
    (f"/Users/{SURNAME}/miniforge3/lib", (SURNAME,), "miniforge3/lib"),
    (f"C:\\Users\\{SURNAME}\\miniforge3", (SURNAME,), "miniforge3"),
    (f"C:\\\\Users\\\\{SURNAME}\\\\miniforge3", (SURNAME,), "miniforge3"),
    (f"C:/Users/{SURNAME}/miniforge3", (SURNAME,), "miniforge3"),
    ("C:\\Users\\Leyla Quliyeva\\miniforge3", ("Leyla", "Quliyeva"), "miniforge3"),
    ("C:\\Users\\LEYLA~1\\AppData", ("LEYLA",), "AppData"),
    ("C:\\Users\\leyla.quliyeva.FIRMA\\x", ("leyla", "quliyeva", "FIRMA")),
    ("C:\\Users\\O'Brien\\x", ("Brien",)),
    ("\\\\?\\C:\\Users\\leyla\\x", ("leyla",)),
    ("D:\\Documents and Settings\\leyla\\x", ("leyla",)),
    ("/mnt/c/Users/leyla/x", ("leyla",), "/mnt/c/Users/"),
    ("/c/Users/Leyla Quliyeva/x", ("Leyla", "Quliyeva")),
    ("file:///C:/Users/Leyla%20Quliyeva/x", ("Leyla", "Quliyeva")),
    ("file:///home/leyla/x", ("leyla",)),
    ("%2Fhome%2Fleyla%2Fminiforge3", ("leyla",), "miniforge3"),
    ("C%3A%5CUsers%5CLeyla%20Quliyeva%5Cx", ("Leyla", "Quliyeva")),
    ("%252Fhome%252Fleyla%252Fx", ("leyla",)),
    ("\\/home\\/leyla\\/x", ("leyla",)),
    ("\\\\wsl$\\Ubuntu\\home\\leyla\\x", ("leyla",)),
    ("\\\\wsl.localhost\\Ubuntu\\home\\leyla\\x", ("leyla",)),
    ("/home/əli_əliyev/x", ("əli", "əliyev")),
    ("/home/leyla", ("leyla",)),
    ("'/home/leyla'", ("leyla",)),
    ("cd ~leyla/x", ("leyla",)),
    ("C:\\Users\\leyla\\OneDrive - Firma MMC\\x", ("leyla", "Firma"), "OneDrive"),
    ("/Users/leyla/Library/CloudStorage/OneDrive-FirmaMMC/x", ("leyla", "Firma"), "OneDrive"),
    ("/export/home/leyla/x", ("leyla",)),
    ("(base) C:\\Users\\leyla quliyeva>conda install x", ("leyla", "quliyeva"), "conda install x"),
    ('File "C:\\Users\\leyla quliyeva", line 1', ("leyla", "quliyeva"), "line 1"),
    ("/run/media/leyla/disk and /media/leyla/disk", ("leyla",), "disk"),
    ("MAIL=/var/mail/leyla", ("leyla",)),
    ("/tmp/torchinductor_leyla/ab/x.so /tmp/pytest-of-leyla/0", ("leyla",), "torchinductor_"),
    ("srv-dc01:/export/home/leyla on /home type nfs4", ("srv-dc01", "leyla"), "type nfs4"),
    ("OneDriveCommercial=C:\\Users\\leyla\\OneDrive - Firma MMC", ("leyla", "Firma")),
    ("(base) PS C:\\Users\\leyla> conda install pytorch", ("leyla",), "conda install pytorch"),
)  # fmt: skip

PEOPLE: list[Form] = _forms(
    "name",
    (f"{USER}.{SURNAME} has no permission", (USER, SURNAME), "has no permission"),
    (f"{SURNAME}.{USER}", (USER, SURNAME)),
    (f"{USER}-{SURNAME}-notes.ipynb", (USER, SURNAME)),
    (f"{USER}_env {USER.upper()} x{USER}y", (USER, USER.upper())),
    (f"{HOST}.firma.local {HOST.upper()}", (HOST, HOST.upper(), "firma")),
    (f"{HOST.upper()}\\{USER}", (HOST.upper(), USER)),
    ("desktop-ab12cd3\\leyla", ("desktop-ab12cd3", "leyla")),
    ("DESKTOP-AB12CD3", ("AB12CD3",)),
    ("FIRMA\\l.quliyeva is not allowed", ("FIRMA", "quliyeva"), "is not allowed"),
    ("leyla@stansiya:~$ nvidia-smi", ("leyla", "stansiya"), "nvidia-smi"),
    ("[leyla@stansiya torch]$ python x.py", ("leyla", "stansiya"), "python x.py"),
    ("leyla.quliyeva+gpu@mail.example.az", ("leyla", "quliyeva", "mail.example")),
    ("ssh leyla@10.1.2.3", ("leyla", "10.1.2.3")),
    ("USERNAME=leyla", ("leyla",)),
    ("USERPROFILE=C:\\Users\\leyla", ("leyla",)),
    ("LOGNAME=leyla COMPUTERNAME=STANSIYA", ("leyla", "STANSIYA")),
    ("Host Name:                 STANSIYA", ("STANSIYA",)),
    ("Registered Owner:          leyla", ("leyla",)),
    ("   Host Name . . . . . . . . . . . . : STANSIYA", ("STANSIYA",)),
    ("Имя узла:                 STANSIYA", ("STANSIYA",)),
    ("Ana Bilgisayar Adı:       STANSIYA", ("STANSIYA",)),
    ("Зарегистрированный владелец: Leyla Quliyeva", ("Leyla", "Quliyeva")),
    ("System Name\tSTANSIYA\r\nUser Name\tFIRMA\\leyla", ("STANSIYA", "FIRMA", "leyla")),
    ("      Machine name: STANSIYA", ("STANSIYA",)),
    ("USERDNSDOMAIN=FIRMA", ("FIRMA",)),
    ("-rw-r--r-- 1 leyla workgroup7 1234 Nov 27 19:28 x.py", ("leyla", "workgroup7"), "x.py"),
    ("leyla     1234  0.0  1.2 123456 78 ?  Sl  19:28  0:01 python x", ("leyla",), "python x"),
    ("uid=1000(leyla) gid=1000(leyla) groups=1000(leyla),27(sudo)", ("leyla",), "uid=1000"),
    ("[sudo] password for leyla: ", ("leyla",)),
    ("leyla is not in the sudoers file.", ("leyla",), "is not in the sudoers"),
    ("wandb: Currently logged in as: leyla (firma7)", ("leyla", "firma7"), "logged in as"),
    ("user.name=Leyla Quliyeva", ("Leyla", "Quliyeva")),
    ("Author: Leyla Quliyeva <leyla@mail.example.az>", ("Leyla", "Quliyeva", "mail.example")),
    ("    SSID                   : Firma-WiFi", ("Firma-WiFi",)),
    ("Linux stansiya 6.8.0-45-generic #45-Ubuntu SMP", ("stansiya",), "6.8.0-45-generic"),
    ("Nov 27 19:28:52 stansiya kernel: NVRM: Xid 79", ("stansiya",), "kernel: NVRM: Xid 79"),
    ("2026-11-27T19:28:52.123456+04:00 stansiya kernel: NVRM: x", ("stansiya",), "NVRM: x"),
)  # fmt: skip

NETWORK: list[Form] = _forms(
    "network",
    ("\\\\srv-dc01\\homes$\\x", ("srv-dc01", "homes")),
    ("\\\\\\\\srv-dc01\\\\homes\\\\x", ("srv-dc01", "homes")),
    ("\\\\srv-dc01\\homes$\\leyla\\x", ("srv-dc01", "homes", "leyla")),
    ("\\\\srv-dc01\\Users\\leyla\\x", ("srv-dc01", "leyla")),
    ("\\\\?\\UNC\\srv-dc01\\homes\\x", ("srv-dc01", "homes")),
    ("'//srv-dc01/homes/x'", ("srv-dc01", "homes")),
    ("smb://srv-dc01/homes/x", ("srv-dc01", "homes")),
    ("file://srv-dc01/homes/x", ("srv-dc01", "homes")),
    ("S-1-5-21-3623811015-3361044348-30300820-1013", ("3623811015", "30300820")),
    ("inet 192.168.1.23/24", ("192.168",)),
    ("Connection to 85.132.44.7 failed", ("85.132",)),
    ("proxy=10.20.30.40:8080", ("10.20",), "8080"),
    ("HTTPConnectionPool(host='172.16.5.6', port=8080)", ("172.16",)),
    ("inet6 fe80::a1b2:c3ff:fed4:e5f6%eth0", ("fe80", "e5f6")),
    ("[2a02:2788:1f4:abcd::17]:443", ("2a02", "abcd"), "443"),
    ("2001:db8:0:1:1a2b:3c4d:5e6f:7a8b", ("2001", "5e6f")),
    ("ether 00:1a:2b:3c:4d:5e", ("2b:3c",)),
    ("00-1A-2B-3C-4D-5E", ("2B-3C",)),
    ("001a.2b3c.4d5e", ("2b3c",)),
    ("infiniband 80:00:00:48:fe:80:00:00:00:00:00:00:1a:2b:3c:4d:5e:6f:7a:8b", ("1a:2b",)),
    ("HTTPS_PROXY=http://proxy.firma.az:3128", ("firma",), "3128"),
    ("https: 'https://nexus.corp.local/conda'", ("nexus",), "/conda"),
    ("gateway.lan nas.firma.local pc.corp.internal", ("gateway", "firma", "pc.corp")),
)  # fmt: skip

FORMS = (*SECRETS, *SERIALS, *HOMES, *PEOPLE, *NETWORK)

HARMLESS: tuple[str, ...] = (
    "NVIDIA-SMI 581.57      Driver Version: 581.57      CUDA Version: 13.0",
    "|   0  NVIDIA GeForce RTX 5070 Ti    WDDM  |   00000000:65:00.0  On |                  N/A |",
    "RuntimeError: CUDA error: no kernel image is available for execution on the device",
    "terminate called after throwing an instance of 'c10::Error' in at::native::dead()",
    "frame #3: c10::cuda::c10_cuda_check_implementation(int, char const*) + 0x3d6 (0x7f1c2b)",
    "conda-forge::pytorch-2.13.0-cuda129_mkl_py312_h123_302 + defaults::cudatoolkit",
    "nvidia-cublas-cu12==12.8.4.1 nvidia-curand-cu12 10.3.9.90",
    "Downloading nvidia_curand_cu12-10.3.9.90-py3-none-manylinux_2_27_x86_64.whl (63.6 MB)",
    "  libcurand   10.3.9.90   h676940d_0   conda-forge",
    "the driver is 32.0.15.6590 and cuDNN version 9.1.0.70",
    "https://conda.anaconda.org/conda-forge/linux-64/pytorch-2.13.0-cuda129_mkl_py312_h1_302.conda",
    "https://download.pytorch.org/whl/cu130",
    "https://discuss.pytorch.org/t/cuda-error-no-kernel-image/216848",
    "  + libcublas-13.1.0.3 and cudnn-9.13.1.26",
    "http://127.0.0.1:8080 localhost ::1",
    "error: subprocess-exited-with-error at 2026-11-27 19:28:52,123",
    "tokens per second: 1200, max_new_tokens and the tokenizer",
    "C:\\Program Files\\NVIDIA GPU Computing Toolkit\\CUDA\\v12.4\\bin\\nvcc.exe",
    "HKLM\\SOFTWARE\\NVIDIA Corporation",
    "undefined symbol: _ZN3c104cuda20CUDACachingAllocator9allocatorE, version libtorch_cuda.so",
    "torch.cuda.OutOfMemoryError: Tried to allocate 2.00 GiB. GPU 0 has 7.79 GiB",
    "sha256=0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    'File "<stdin>", line 1, in <module>',
    "/usr/lib/x86_64-linux-gnu/libcuda.so.1 and /opt/conda/envs/llm_50gun/bin/python",
    "pip install --user torch --index-url https://download.pytorch.org/whl/cpu",
    "ModuleNotFoundError: No module named 'torch'",
    "user config file, password and token are words",
    "the bearer of basic authentication is asked for a signature",
    "-rw-r--r-- is how rights are written",
    "conda install -p /opt/conda/envs/x and python -m torch.utils.data pass 3 of 4",
    "RuntimeError: Missing key(s) in state_dict: conv1.weight; forward pass: 3 ms",
    "all_proxy=socks5://127.0.0.1:1080",
    "[sudo] is not needed; Permission denied: '/opt/conda/envs'",
    "C:\\Windows\\System32\\DriverStore\\FileRepository\\nvlt.inf_amd64_0f1e\\nvidia-smi.exe",
    "nvidia-smi has failed because it couldn't communicate with the NVIDIA driver (os error 2)",
    "Solving environment: failed with initial frozen solve. Retrying with flexible solve.",
)
"""Lines that say nothing of anybody: they must stay word for word, or nobody can help."""
