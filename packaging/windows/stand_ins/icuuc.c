/* Wine 8 has no icuuc.dll, which Windows has since 10 1903. For the test's own prefix only.
 *
 * Qt asks it for converters of old code pages; every call here says that there is none. */
#define FAILS(name) __declspec(dllexport) void *name(void) { return 0; }
FAILS(ucnv_close)
FAILS(ucnv_reset)
FAILS(ucnv_getMaxCharSize)
FAILS(ucnv_getName)
FAILS(ucnv_getToUCallBack)
FAILS(ucnv_getFromUCallBack)
FAILS(ucnv_setToUCallBack)
FAILS(ucnv_setFromUCallBack)
FAILS(ucnv_cbToUWriteUChars)
FAILS(ucnv_toUnicode)
FAILS(ucnv_cbFromUWriteUChars)
FAILS(ucnv_toUCountPending)
FAILS(ucnv_fromUCountPending)
FAILS(ucnv_getStandardName)
FAILS(ucnv_getAvailableName)
FAILS(ucnv_countAvailable)
FAILS(ucnv_fromUnicode)
FAILS(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
FAILS(UCNV_TO_U_CALLBACK_SUBSTITUTE)

__declspec(dllexport) void *ucnv_open(const char *name, int *error)
{
    (void)name;
    *error = 4; /* U_FILE_ACCESS_ERROR */
    return 0;
}
