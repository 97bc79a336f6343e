;What this installer says itself, in four languages. NSIS takes the one of Windows.

!macro WORD NAME EN AZ TR RU
  LangString ${NAME} ${LANG_ENGLISH} "${EN}"
  LangString ${NAME} ${LANG_AZERBAIJANI} "${AZ}"
  LangString ${NAME} ${LANG_TURKISH} "${TR}"
  LangString ${NAME} ${LANG_RUSSIAN} "${RU}"
!macroend

!insertmacro WORD WELCOME_TITLE \
  "GPU Setup Wizard" "GPU Setup Wizard" "GPU Setup Wizard" "GPU Setup Wizard"

!insertmacro WORD WELCOME_TEXT \
  "It gets your computer, step by step, to a PyTorch that really runs on its graphics card, and shows why.$\r$\n$\r$\nVersion ${VERSION}. No administrator is needed: the program goes into your own folder and changes nothing else. PyTorch itself comes later, when the wizard asks you.$\r$\n$\r$\nClick Next to go on." \
  "Bu proqram kompüterinizi addım-addım videokartda həqiqətən işləyən PyTorch-a çatdırır və səbəbini göstərir.$\r$\n$\r$\nVersiya ${VERSION}. Administrator hüququ lazım deyil: proqram öz qovluğunuza quraşdırılır və başqa heç nəyi dəyişmir. PyTorch sonra, proqram sizdən soruşanda quraşdırılır.$\r$\n$\r$\nDavam etmək üçün İrəli düyməsini basın." \
  "Bu program bilgisayarınızı adım adım, ekran kartında gerçekten çalışan bir PyTorch'a ulaştırır ve nedenini gösterir.$\r$\n$\r$\nSürüm ${VERSION}. Yönetici izni gerekmez: program kendi klasörünüze kurulur ve başka hiçbir şeyi değiştirmez. PyTorch daha sonra, sihirbaz size sorunca kurulur.$\r$\n$\r$\nDevam etmek için İleri düğmesine basın." \
  "Программа шаг за шагом доведёт ваш компьютер до PyTorch, который действительно работает на видеокарте, и объяснит почему.$\r$\n$\r$\nВерсия ${VERSION}. Права администратора не нужны: программа ставится в вашу собственную папку и больше ничего не меняет. Сам PyTorch устанавливается позже, когда мастер спросит вас.$\r$\n$\r$\nНажмите «Далее», чтобы продолжить."

!insertmacro WORD FINISH_TITLE \
  "GPU Setup Wizard is installed" "GPU Setup Wizard quraşdırıldı" \
  "GPU Setup Wizard kuruldu" "GPU Setup Wizard установлен"

!insertmacro WORD FINISH_TEXT \
  "You find it in the start menu.$\r$\n$\r$\nClick Finish to close this window." \
  "Onu Başlat menyusunda tapacaqsınız.$\r$\n$\r$\nPəncərəni bağlamaq üçün Bitir düyməsini basın." \
  "Programı Başlat menüsünde bulabilirsiniz.$\r$\n$\r$\nPencereyi kapatmak için Bitir düğmesine basın." \
  "Программа есть в меню «Пуск».$\r$\n$\r$\nНажмите «Готово», чтобы закрыть окно."

!insertmacro WORD FINISH_RUN \
  "&Start the wizard now" "Proqramı indi &başlat" "Sihirbazı şimdi &başlat" "&Запустить мастер сейчас"

!insertmacro WORD FINISH_DESKTOP \
  "Put an icon on the &desktop" "İş masasına &nişan qoy" "Masaüstüne &simge koy" \
  "Поместить значок на &рабочий стол"

!insertmacro WORD TOO_OLD \
  "This program needs Windows 10, version 1903, or newer. Your Windows is older, and the program would not start.$\r$\n$\r$\nPlease run Windows Update first, then start this setup again. Nothing was changed." \
  "Bu proqrama Windows 10-un 1903 versiyası və ya daha yenisi lazımdır. Sizin Windows daha köhnədir və proqram işə düşməzdi.$\r$\n$\r$\nZəhmət olmasa əvvəlcə Windows-u yeniləyin, sonra quraşdırmanı yenidən başladın. Heç nə dəyişdirilmədi." \
  "Bu program Windows 10, sürüm 1903 veya daha yenisini gerektirir. Windows'unuz daha eski ve program başlamazdı.$\r$\n$\r$\nLütfen önce Windows'u güncelleyin, sonra kurulumu yeniden başlatın. Hiçbir şey değiştirilmedi." \
  "Программе нужна Windows 10 версии 1903 или новее. Ваша Windows старше, и программа не запустилась бы.$\r$\n$\r$\nСначала обновите Windows, затем запустите установку ещё раз. Ничего не изменено."

!insertmacro WORD IS_OPEN \
  "GPU Setup Wizard is open. Please finish what you are doing there and close it, then click Retry.$\r$\n$\r$\nYour progress is saved." \
  "GPU Setup Wizard açıqdır. Zəhmət olmasa oradakı işinizi bitirib onu bağlayın, sonra yenidən cəhd edin.$\r$\n$\r$\nGördüyünüz iş yadda saxlanılıb." \
  "GPU Setup Wizard açık. Lütfen oradaki işinizi bitirip programı kapatın, sonra yeniden deneyin.$\r$\n$\r$\nİlerlemeniz kayıtlı." \
  "GPU Setup Wizard открыт. Завершите в нём работу, закройте его и нажмите «Повтор».$\r$\n$\r$\nВаши шаги сохранены."

!insertmacro WORD OLD_STAYS \
  "The version that is installed could not be removed, so nothing was changed. Please restart the computer and try again." \
  "Quraşdırılmış versiyanı silmək olmadı, ona görə heç nə dəyişdirilmədi. Zəhmət olmasa kompüteri yenidən başladıb bir daha cəhd edin." \
  "Kurulu sürüm kaldırılamadı, bu yüzden hiçbir şey değiştirilmedi. Lütfen bilgisayarı yeniden başlatıp tekrar deneyin." \
  "Установленную версию не удалось удалить, поэтому ничего не изменено. Перезагрузите компьютер и попробуйте ещё раз."

!insertmacro WORD ASK_SETTINGS \
  "Delete your settings and the progress you made, too?$\r$\n$\r$\nThe environments that the wizard made, with PyTorch in them, stay in any case." \
  "Ayarlarınız və gördüyünüz işin qeydləri də silinsin?$\r$\n$\r$\nProqramın yaratdığı, içində PyTorch olan mühitlər hər halda qalır." \
  "Ayarlarınız ve ilerleme kaydınız da silinsin mi?$\r$\n$\r$\nSihirbazın oluşturduğu, içinde PyTorch olan ortamlar her durumda kalır." \
  "Удалить также ваши настройки и записи о пройденных шагах?$\r$\n$\r$\nОкружения с PyTorch, созданные мастером, в любом случае останутся."
