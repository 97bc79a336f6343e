;Language: Azerbaijani, Latin letters (1068); only for the pages that this installer has.

!insertmacro LANGFILE "Azerbaijani" "Azerbaijani" "Azərbaycanca" "Azerbaycanca"

!ifdef MUI_WELCOMEPAGE
  ${LangFileString} MUI_TEXT_WELCOME_INFO_TITLE "$(^NameDA) proqramına xoş gəldiniz"
  ${LangFileString} MUI_TEXT_WELCOME_INFO_TEXT "$(^NameDA) kompüterinizə quraşdırılacaq.$\r$\n$\r$\n$_CLICK"
!endif

!ifdef MUI_DIRECTORYPAGE
  ${LangFileString} MUI_TEXT_DIRECTORY_TITLE "Quraşdırma qovluğu"
  ${LangFileString} MUI_TEXT_DIRECTORY_SUBTITLE "$(^NameDA) proqramının hara quraşdırılacağını seçin."
!endif

!ifdef MUI_INSTFILESPAGE
  ${LangFileString} MUI_TEXT_INSTALLING_TITLE "Quraşdırılır"
  ${LangFileString} MUI_TEXT_INSTALLING_SUBTITLE "$(^NameDA) quraşdırılır, zəhmət olmasa gözləyin."
  ${LangFileString} MUI_TEXT_FINISH_TITLE "Quraşdırma tamamlandı"
  ${LangFileString} MUI_TEXT_FINISH_SUBTITLE "Quraşdırma uğurla başa çatdı."
  ${LangFileString} MUI_TEXT_ABORT_TITLE "Quraşdırma dayandırıldı"
  ${LangFileString} MUI_TEXT_ABORT_SUBTITLE "Quraşdırma sona çatmadı."
!endif

!ifdef MUI_UNINSTFILESPAGE
  ${LangFileString} MUI_UNTEXT_UNINSTALLING_TITLE "Silinir"
  ${LangFileString} MUI_UNTEXT_UNINSTALLING_SUBTITLE "$(^NameDA) silinir, zəhmət olmasa gözləyin."
  ${LangFileString} MUI_UNTEXT_FINISH_TITLE "Silinmə tamamlandı"
  ${LangFileString} MUI_UNTEXT_FINISH_SUBTITLE "Silinmə uğurla başa çatdı."
  ${LangFileString} MUI_UNTEXT_ABORT_TITLE "Silinmə dayandırıldı"
  ${LangFileString} MUI_UNTEXT_ABORT_SUBTITLE "Silinmə sona çatmadı."
!endif

!ifdef MUI_FINISHPAGE
  ${LangFileString} MUI_TEXT_FINISH_INFO_TITLE "$(^NameDA) quraşdırıldı"
  ${LangFileString} MUI_TEXT_FINISH_INFO_TEXT "$(^NameDA) kompüterinizə quraşdırıldı.$\r$\n$\r$\nPəncərəni bağlamaq üçün Bitir düyməsini basın."
  ${LangFileString} MUI_TEXT_FINISH_INFO_REBOOT "Quraşdırmanı tamamlamaq üçün kompüter yenidən başladılmalıdır. İndi başladılsın?"
!endif

!ifdef MUI_FINISHPAGE | MUI_UNFINISHPAGE
  ${LangFileString} MUI_TEXT_FINISH_REBOOTNOW "İndi yenidən başlat"
  ${LangFileString} MUI_TEXT_FINISH_REBOOTLATER "Sonra özüm yenidən başladacağam"
  ${LangFileString} MUI_TEXT_FINISH_RUN "$(^NameDA) proqramını &başlat"
  ${LangFileString} MUI_TEXT_FINISH_SHOWREADME "&Bunu oxu"
  ${LangFileString} MUI_BUTTONTEXT_FINISH "&Bitir"
!endif

!ifdef MUI_UNCONFIRMPAGE
  ${LangFileString} MUI_UNTEXT_CONFIRM_TITLE "$(^NameDA): silinmə"
  ${LangFileString} MUI_UNTEXT_CONFIRM_SUBTITLE "$(^NameDA) kompüterinizdən silinəcək."
!endif

!ifdef MUI_ABORTWARNING
  ${LangFileString} MUI_TEXT_ABORTWARNING "$(^Name): quraşdırmadan çıxmaq istədiyinizə əminsiniz?"
!endif

!ifdef MUI_UNABORTWARNING
  ${LangFileString} MUI_UNTEXT_ABORTWARNING "$(^Name): silmədən çıxmaq istədiyinizə əminsiniz?"
!endif
