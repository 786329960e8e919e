// The bundled page as bytes of the program; TERSE_REPORT_PAGE is its file.
    .section .rodata
    .global terse_report_page_begin
    .global terse_report_page_end
terse_report_page_begin:
    .incbin TERSE_REPORT_PAGE
terse_report_page_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
