; The Windows installer. `packaging/windows/nsis.py` compiles it and defines
;   VERSION, NUMBERS (four of them), TREE, PICTURES, LISTS, OUT, KILOBYTES, and FAST or nothing.

Unicode true
Target amd64-unicode
!ifdef FAST
  SetCompress off
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!endif
CRCCheck force
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS Win10
RequestExecutionLevel user

!define PRODUCT "GPU Setup Wizard"
!define PROGRAM "gpu-setup-wizard.exe"
!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\GPUSetupWizard"
!define SETTINGS "$LOCALAPPDATA\gpu-setup-wizard"
; Exit codes of a silent call, beside NSIS's own 0, 1 (cancelled) and 2 (failed).
!define CODE_TOO_OLD 10
!define CODE_IS_OPEN 11
!define CODE_OLD_STAYS 12

Name "${PRODUCT}"
Caption "${PRODUCT} ${VERSION}"
BrandingText "${PRODUCT} ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${PRODUCT}"
InstallDirRegKey HKCU "${ENTRY}" "InstallLocation"
; Windows' own font since Vista; it has ə, and NSIS's default is that of Windows 95.
SetFont "Segoe UI" 9
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey /LANG=0 "ProductName" "${PRODUCT}"
VIAddVersionKey /LANG=0 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=0 "FileDescription" "${PRODUCT} ${VERSION}: setup"
VIAddVersionKey /LANG=0 "CompanyName" "The GPU Setup Wizard developers"
VIAddVersionKey /LANG=0 "LegalCopyright" "MIT licence"

; SIGN is a command that signs the file it is given; without it nothing is signed.
!ifdef SIGN
  !finalize '${SIGN} "%1"' = 0
  !uninstfinalize '${SIGN} "%1"' = 0
!endif

!include MUI2.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include FileFunc.nsh

!define MUI_ICON "${PICTURES}/app.ico"
!define MUI_UNICON "${PICTURES}/app.ico"
!define MUI_BGCOLOR "FFFFFF"
!define MUI_TEXTCOLOR "101828"
!define MUI_HEADERIMAGE
!define MUI_HEADERIMAGE_RIGHT
!define MUI_HEADERIMAGE_BITMAP "${PICTURES}/header-100.bmp"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PICTURES}/side-100.bmp"
!define MUI_CUSTOMFUNCTION_GUIINIT SharpPictures
!define MUI_CUSTOMFUNCTION_UNGUIINIT un.SharpPictures
!define MUI_ABORTWARNING

!define MUI_WELCOMEPAGE_TITLE "$(WELCOME_TITLE)"
!define MUI_WELCOMEPAGE_TEXT "$(WELCOME_TEXT)"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "$(FINISH_TITLE)"
!define MUI_FINISHPAGE_TEXT "$(FINISH_TEXT)"
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!define MUI_FINISHPAGE_RUN_TEXT "$(FINISH_RUN)"
!define MUI_FINISHPAGE_SHOWREADME
!define MUI_FINISHPAGE_SHOWREADME_TEXT "$(FINISH_DESKTOP)"
!define MUI_FINISHPAGE_SHOWREADME_NOTCHECKED
!define MUI_FINISHPAGE_SHOWREADME_FUNCTION AddDesktopIcon
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_PAGE_FINISH

!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES

; The first is for everyone whose language is none of these.
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGEEX "${__FILEDIR__}" "Azerbaijani"
!insertmacro MUI_LANGUAGE "Turkish"
!insertmacro MUI_LANGUAGE "Russian"
!include "${__FILEDIR__}/words.nsh"

; ---------------------------------------------------------------------------------------------

!macro BOTH UN
; MUI's pictures are for a screen of 96 dots an inch; take those of this screen's scale.
Function ${UN}SharpPictures
  System::Call 'user32::GetDpiForSystem() i .r0'
  ${If} $0 >= 168
    File "/oname=$PLUGINSDIR\modern-header.bmp" "${PICTURES}/header-200.bmp"
    SetBrandingImage /IMGID=1046 /RESIZETOFIT "$PLUGINSDIR\modern-header.bmp"
    !if "${UN}" == ""
      File "/oname=$PLUGINSDIR\modern-wizard.bmp" "${PICTURES}/side-200.bmp"
    !endif
  ${ElseIf} $0 >= 120
    File "/oname=$PLUGINSDIR\modern-header.bmp" "${PICTURES}/header-150.bmp"
    SetBrandingImage /IMGID=1046 /RESIZETOFIT "$PLUGINSDIR\modern-header.bmp"
    !if "${UN}" == ""
      File "/oname=$PLUGINSDIR\modern-wizard.bmp" "${PICTURES}/side-150.bmp"
    !endif
  ${EndIf}
FunctionEnd

; Ask while the wizard is open; a silent call ends at once and has changed nothing.
; The name is made by the launcher; a file that cannot be written to is in use somewhere else.
Function ${UN}AskToClose
  ${Do}
    StrCpy $1 0
    System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "Local\GPUSetupWizardIsOpen") p .r0'
    ${If} $0 P<> 0
      System::Call 'kernel32::CloseHandle(p r0)'
      StrCpy $1 1
    ${EndIf}
    ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
      ClearErrors
      FileOpen $0 "$INSTDIR\${PROGRAM}" a
      ${If} ${Errors}
        StrCpy $1 1
      ${Else}
        FileClose $0
      ${EndIf}
    ${EndIf}
    ${If} $1 = 0
      ${ExitDo}
    ${EndIf}
    ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONINFORMATION "$(IS_OPEN)" /SD IDCANCEL IDCANCEL`
      SetErrorLevel ${CODE_IS_OPEN}
      Quit
    ${EndIf}
  ${Loop}
FunctionEnd

; For labs and tests: /LANG=1068 speaks Azerbaijani whatever Windows does.
Function ${UN}TakeLanguage
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/LANG=" $1
  ${IfNot} ${Errors}
    StrCpy $LANGUAGE $1
  ${EndIf}
FunctionEnd
!macroend
!insertmacro BOTH ""
!insertmacro BOTH "un."

Var WantsIcon

Function .onInit
  Call TakeLanguage
  ${IfNot} ${AtLeastBuild} 18362
    MessageBox MB_OK|MB_ICONINFORMATION "$(TOO_OLD)" /SD IDOK
    SetErrorLevel ${CODE_TOO_OLD}
    Quit
  ${EndIf}
  StrCpy $WantsIcon 0
  ${If} ${FileExists} "$DESKTOP\${PRODUCT}.lnk"
    StrCpy $WantsIcon 1
  ${EndIf}
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DESKTOPICON" $1
  ${IfNot} ${Errors}
    StrCpy $WantsIcon 1
  ${EndIf}
  Call AskToClose
FunctionEnd

Function AddDesktopIcon
  SetOutPath "$INSTDIR"
  CreateShortCut "$DESKTOP\${PRODUCT}.lnk" "$INSTDIR\${PROGRAM}"
FunctionEnd

; The older version takes itself away, by its own list; settings and environments stay.
Function RemoveOlder
  ReadRegStr $2 HKCU "${ENTRY}" "InstallLocation"
  ${If} $2 == ""
  ${OrIfNot} ${FileExists} "$2\uninstall.exe"
    Return
  ${EndIf}
  CopyFiles /SILENT /FILESONLY "$2\uninstall.exe" "$PLUGINSDIR\older.exe"
  ExecWait '"$PLUGINSDIR\older.exe" /S _?=$2' $3
  ${If} $3 <> 0
    MessageBox MB_OK|MB_ICONSTOP "$(OLD_STAYS)" /SD IDOK
    SetErrorLevel ${CODE_OLD_STAYS}
    Quit
  ${EndIf}
  Delete "$2\uninstall.exe"
  RMDir "$2"
FunctionEnd

Section
  Call AskToClose
  Call RemoveOlder
  SetOutPath "$INSTDIR"
  ; First of all, so that whatever happens from here on can be taken away again.
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${ENTRY}" "DisplayName" "${PRODUCT}"
  WriteRegStr HKCU "${ENTRY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${ENTRY}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${ENTRY}" "Publisher" "The GPU Setup Wizard developers"
  WriteRegStr HKCU "${ENTRY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${ENTRY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${ENTRY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${ENTRY}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD HKCU "${ENTRY}" "NoModify" 1
  WriteRegDWORD HKCU "${ENTRY}" "NoRepair" 1
  ClearErrors
  !include "${LISTS}/files.nsh"
  ${If} ${Errors}
    Abort
  ${EndIf}
  SetOutPath "$INSTDIR"
  CreateShortCut "$SMPROGRAMS\${PRODUCT}.lnk" "$INSTDIR\${PROGRAM}"
  ${If} $WantsIcon = 1
    Call AddDesktopIcon
  ${EndIf}
SectionEnd

; ---------------------------------------------------------------------------------------------

Function un.onInit
  Call un.TakeLanguage
  Call un.AskToClose
FunctionEnd

Section "Uninstall"
  ; What the user's Pythons left while they ran the verification.
  Delete "$INSTDIR\Lib\site-packages\wizard\target\__pycache__\*.pyc"
  RMDir "$INSTDIR\Lib\site-packages\wizard\target\__pycache__"
  !include "${LISTS}/files-away.nsh"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${PRODUCT}.lnk"
  Delete "$DESKTOP\${PRODUCT}.lnk"
  DeleteRegKey HKCU "${ENTRY}"

  ; Only what the wizard writes about itself: its private environments lie in the same folder.
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DELETESETTINGS" $1
  ${If} ${Errors}
    ${IfNot} ${FileExists} "${SETTINGS}\*.*"
    ${OrIf} ${Cmd} `MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(ASK_SETTINGS)" /SD IDNO IDNO`
      Return
    ${EndIf}
  ${EndIf}
  Delete "${SETTINGS}\state*.json*"
  Delete "${SETTINGS}\installation.json*"
  Delete "${SETTINGS}\logs\*.*"
  RMDir "${SETTINGS}\logs"
  RMDir "${SETTINGS}"
SectionEnd
