#Requires -Version 5.1
<#
.SYNOPSIS
Asks every PC of a lab whether PyTorch runs on its GPU, and puts the answers into one page.

.DESCRIPTION
Runs `gpu-setup-wizard check --json` on each PC through PowerShell remoting, thirty-two at a time,
keeps each answer as REPORTS\PC\check.json, and makes the page of the class of them on this PC.
Ends with 1 where a PC gave no answer; a PC that is not ready is an answer.

.PARAMETER Wizard
The wizard's program, with %VARIABLES% of the PC that runs it. The installer puts it into the folder
of the user who installed it, so the credential should be that user's.

.EXAMPLE
.\check.ps1 -ComputerName (Get-Content pcs.txt) -Credential (Get-Credential)
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [string[]] $ComputerName,
    [pscredential] $Credential,
    [string] $Reports = (Join-Path $PSScriptRoot 'reports'),
    [string] $ClassReport = (Join-Path $PSScriptRoot 'class.html'),
    [string] $Wizard = '%LOCALAPPDATA%\Programs\GPU Setup Wizard\gpu-setup-wizard-cli.exe'
)

$ErrorActionPreference = 'Stop'

$check = {
    param([string] $Wizard)
    $ErrorActionPreference = 'Stop'
    $program = [Environment]::ExpandEnvironmentVariables($Wizard)
    $answer = New-TemporaryFile
    try {
        # Through a file: the console's code page must not touch the letters of the answer.
        $ended = Start-Process -FilePath $program -ArgumentList 'check', '--json' -NoNewWindow `
            -RedirectStandardOutput $answer.FullName -Wait -PassThru
        [pscustomobject] @{
            ExitCode = $ended.ExitCode
            Json     = [IO.File]::ReadAllText($answer.FullName)
        }
    }
    finally {
        Remove-Item -LiteralPath $answer.FullName
    }
}

$remote = @{ ComputerName = $ComputerName; ScriptBlock = $check; ArgumentList = $Wizard }
if ($Credential) {
    $remote.Credential = $Credential
}
foreach ($name in $ComputerName) {
    Remove-Item -LiteralPath (Join-Path $Reports "$name\check.json") -ErrorAction SilentlyContinue
}
$answers = @(Invoke-Command @remote -ErrorAction SilentlyContinue -ErrorVariable problems)
foreach ($problem in $problems) {
    Write-Warning "$($problem.OriginInfo.PSComputerName) $($problem.TargetObject): $problem"
}

foreach ($answer in $answers | Where-Object { $_.Json }) {
    $folder = New-Item -ItemType Directory -Force -Path (Join-Path $Reports $answer.PSComputerName)
    [IO.File]::WriteAllText((Join-Path $folder.FullName 'check.json'), $answer.Json)
    Write-Output "$($answer.PSComputerName): exit code $($answer.ExitCode)"
}

$null = New-Item -ItemType Directory -Force -Path $Reports
$here = [Environment]::ExpandEnvironmentVariables($Wizard)
& $here class-report $Reports --out $ClassReport

$answered = @($answers | Where-Object { $_.Json } | ForEach-Object { $_.PSComputerName })
$silent = @($ComputerName | Where-Object { $answered -notcontains $_ })
if ($silent) {
    Write-Warning "No report came from: $($silent -join ', ')"
    exit 1
}
